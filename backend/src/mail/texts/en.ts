import type { Texts } from './kinds.ts'

export const en: Texts = {
  reset_password: {
    subject: 'Your new password',
    action: 'Set a new password',
    paragraphs: [
      'Somebody, you we hope, asked for a new password for your account. Set it here within an hour:',
      'If it was not you, there is nothing to do: your password stays as it is.',
    ],
  },
  password_changed: {
    subject: 'Your password was changed',
    paragraphs: [
      'The password of your account was changed, and all other log-ins were ended.',
      'If it was not you, ask for a new password at once, and tell your administrator.',
    ],
  },
}
