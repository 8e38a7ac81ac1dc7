// The kinds of mail there are: each is a line here, and a text in each language.

export interface Text {
  readonly subject: string
  /** One paragraph each. The link, if there is one, comes after the first. */
  readonly paragraphs: readonly string[]
  /** What the link does, as the label of it. */
  readonly action?: string
}

export interface Texts {
  readonly reset_password: Text
  readonly password_changed: Text
  readonly verify_email: Text
  readonly change_email: Text
  readonly address_changed: Text
}

export type Kind = keyof Texts
