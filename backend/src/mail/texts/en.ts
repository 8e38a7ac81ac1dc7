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
  verify_email: {
    subject: 'Confirm your e-mail address',
    action: 'Confirm the address',
    paragraphs: [
      'An account was made with this e-mail address. Confirm here that it is yours:',
      'If you made none, there is nothing to do.',
    ],
  },
  change_email: {
    subject: 'Confirm your new e-mail address',
    action: 'Confirm the address',
    paragraphs: [
      'Somebody, you we hope, wants to use this e-mail address for an account. Confirm within a day that it is yours:',
      'If it was not you, there is nothing to do.',
    ],
  },
  address_changed: {
    subject: 'Your e-mail address was changed',
    paragraphs: [
      'Your account has another e-mail address now. This is the last mail to the one it had.',
      'If it was not you who changed it, tell your administrator at once.',
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
