import type { Texts } from './kinds.ts'

export const fr: Texts = {
  reset_password: {
    subject: 'Votre nouveau mot de passe',
    action: 'Choisir un nouveau mot de passe',
    paragraphs: [
      'Quelqu’un, vous sans doute, a demandé un nouveau mot de passe pour votre compte. Choisissez-le ici dans l’heure :',
      'Si ce n’était pas vous, il n’y a rien à faire : votre mot de passe reste le même.',
    ],
  },
  verify_email: {
    subject: 'Confirmez votre adresse e-mail',
    action: 'Confirmer l’adresse',
    paragraphs: [
      'Un compte a été créé avec cette adresse e-mail. Confirmez ici qu’elle est à vous :',
      'Si vous n’en avez pas créé, il n’y a rien à faire.',
    ],
  },
  change_email: {
    subject: 'Confirmez votre nouvelle adresse e-mail',
    action: 'Confirmer l’adresse',
    paragraphs: [
      'Quelqu’un, vous sans doute, souhaite utiliser cette adresse e-mail pour un compte. Confirmez dans la journée qu’elle est à vous :',
      'Si ce n’était pas vous, il n’y a rien à faire.',
    ],
  },
  address_changed: {
    subject: 'Votre adresse e-mail a été modifiée',
    paragraphs: [
      'Votre compte a désormais une autre adresse e-mail. Ceci est le dernier message à l’ancienne.',
      'Si ce n’était pas vous, prévenez aussitôt votre administrateur.',
    ],
  },
  password_changed: {
    subject: 'Votre mot de passe a été modifié',
    paragraphs: [
      'Le mot de passe de votre compte a été modifié, et toutes les autres connexions ont été fermées.',
      'Si ce n’était pas vous, demandez aussitôt un nouveau mot de passe et prévenez votre administrateur.',
    ],
  },
}
