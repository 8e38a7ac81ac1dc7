import type { Texts } from './kinds.ts'

export const de: Texts = {
  reset_password: {
    subject: 'Ihr neues Passwort',
    action: 'Neues Passwort festlegen',
    paragraphs: [
      'Jemand, hoffentlich Sie selbst, hat ein neues Passwort für Ihr Konto angefordert. Legen Sie es innerhalb einer Stunde hier fest:',
      'Wenn Sie es nicht waren, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist.',
    ],
  },
  verify_email: {
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    action: 'Adresse bestätigen',
    paragraphs: [
      'Mit dieser E-Mail-Adresse wurde ein Konto angelegt. Bestätigen Sie hier, dass es Ihre ist:',
      'Wenn Sie keines angelegt haben, müssen Sie nichts tun.',
    ],
  },
  change_email: {
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    action: 'Adresse bestätigen',
    paragraphs: [
      'Jemand, hoffentlich Sie selbst, möchte diese E-Mail-Adresse für ein Konto verwenden. Bestätigen Sie innerhalb eines Tages, dass es Ihre ist:',
      'Wenn Sie es nicht waren, müssen Sie nichts tun.',
    ],
  },
  address_changed: {
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    paragraphs: [
      'Ihr Konto hat jetzt eine andere E-Mail-Adresse. Dies ist die letzte Nachricht an die bisherige.',
      'Wenn Sie es nicht waren, sagen Sie es sofort Ihrer Administration.',
    ],
  },
  password_changed: {
    subject: 'Ihr Passwort wurde geändert',
    paragraphs: [
      'Das Passwort Ihres Kontos wurde geändert, und alle anderen Anmeldungen wurden beendet.',
      'Wenn Sie es nicht waren, fordern Sie sofort ein neues Passwort an, und sagen Sie es Ihrer Administration.',
    ],
  },
}
