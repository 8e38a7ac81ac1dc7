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
  password_changed: {
    subject: 'Votre mot de passe a été modifié',
    paragraphs: [
      'Le mot de passe de votre compte a été modifié, et toutes les autres connexions ont été fermées.',
      'Si ce n’était pas vous, demandez aussitôt un nouveau mot de passe et prévenez votre administrateur.',
    ],
  },
}
