// The rules for Unicode text: texts that Unicode calls equal are the same text, whatever keyboard they come from. Each
// text is normalised when it arrives, before its length or anything else is checked.
import { domainToASCII } from 'node:url'

export interface TextSort {
  /** The spelling that is stored and compared. */
  readonly spell: (text: string) => string
  /** What is wrong with that spelling, if something is. */
  readonly fault?: (text: string) => string | undefined
}

/**
 * More accents on one letter than any language has (Unicode's "stream-safe" text has 30). To put them in order takes time
 * that grows with the square of their number: minutes for what fits into a description.
 */
const PILE_OF_MARKS = /\p{M}{31}/u

const composed = (text: string) => (PILE_OF_MARKS.test(text) ? text : text.normalize('NFC'))

const pileFault = (text: string) =>
  PILE_OF_MARKS.test(text) ? 'must not have more than 30 marks on one character' : undefined

/** Includes the characters that embed, override or isolate the writing direction: with them a text looks like another. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const CONTROLS_BUT_TABS_AND_LINES = /[^\P{Cc}\t\n\r]/u
/** Neither space nor invisible. U+2800, the Braille blank, is listed because it counts as visible but shows nothing. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/u

const lineFault = (text: string) =>
  CONTROLS.test(text)
    ? 'must not have control characters, line breaks, or characters that change the direction of writing'
    : pileFault(text)

/** By what the schema of a field says under `text`. */
export const TEXTS = {
  /** A name or title. It keeps the marks and joiners that languages and emoji need: Persian, Hebrew, a family of four. */
  title: {
    spell: composed,
    fault: (text) => lineFault(text) ?? (VISIBLE.test(text) ? undefined : 'must have a visible character'),
  },
  line: { spell: composed, fault: lineFault },
  /** Several lines, such as Markdown. */
  lines: {
    spell: composed,
    fault: (text) =>
      CONTROLS_BUT_TABS_AND_LINES.test(text) ? 'must not have control characters' : pileFault(text),
  },
  /** What is looked for. */
  query: { spell: composed, fault: pileFault },
  email: {
    spell: spellingOf,
    fault: (text) => (normalAddress(text) === undefined ? 'must be an e-mail address' : undefined),
  },
} satisfies Readonly<Record<string, TextSort>>

/**
 * The one spelling of an e-mail address, or undefined if it is none: the local part in small letters (RFC 8265 3.3), since
 * no mail system in use tells `Ada` from `ada`; the domain as DNS has it (UTS 46), so `bücher.test` is `xn--bcher-kva.test`.
 */
export function normalAddress(text: string): string | undefined {
  const [, local, domain] =
    /^([^\s@"(),:;<>[\\\]\p{C}]{1,64})@([^\s@"(),:;<>[\\\]\p{C}%]{1,254})$/u.exec(text) ?? []
  if (local === undefined || domain === undefined) return undefined
  const ascii = domainToASCII(domain)
  // A number, as a whole or as the last label, would be read as an IPv4 address.
  return /^[^.]+(\.[^.]+)*$/.test(ascii) && !/(^|\.)\d+$/.test(ascii)
    ? `${composed(composed(local).toLowerCase())}@${ascii}`
    : undefined
}

/** The same of a text that may be none, which is left as it is. */
export function spellingOf(text: string): string {
  return normalAddress(text) ?? text
}

/**
 * A password as it is hashed (RFC 8265 4.2, OpaqueString): a keyboard may compose letters or not, and has its own spaces.
 * Nothing else is changed, neither case nor spaces at its ends.
 */
export const normalPassword = (text: string): string => composed(text.replace(/\p{Zs}/gu, ' '))

/** What no keyboard types into a password. */
export const hasControls = (text: string): boolean => /\p{Cc}/u.test(text)

/** The letters and digits of a name as a key that starts with a letter, cut so that a number fits behind it. */
export function wordOf(name: string, otherwise: string): string {
  const word = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .slice(0, 26)
  return word === '' ? otherwise : word
}
