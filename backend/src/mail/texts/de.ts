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
  password_changed: {
    subject: 'Ihr Passwort wurde geändert',
    paragraphs: [
      'Das Passwort Ihres Kontos wurde geändert, und alle anderen Anmeldungen wurden beendet.',
      'Wenn Sie es nicht waren, fordern Sie sofort ein neues Passwort an, und sagen Sie es Ihrer Administration.',
    ],
  },
}
