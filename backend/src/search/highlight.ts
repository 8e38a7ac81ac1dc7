// Where in a text the words are that were looked for. Answers pieces of plain text: whoever shows them decides how a match
// looks, and nobody has to make markup safe.
import type { Piece } from './schema.ts'

/** About what words_of() takes for a word (0027_search.sql). */
const WORD = /[\p{L}\p{N}\p{M}\p{So}\p{Cf}]+/gu
const MARKS =
  /[\ufe00-\ufe0f\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]|[\u00ad\u200b-\u200f\u2060\ufeff]/gu
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ς: 'σ',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
}
/** Characters before and after the first match. */
const [BEFORE, AFTER] = [60, 180]

/** As fold() in the database. */
export const fold = (text: string): string =>
  /^[\0-\u007f]*$/.test(text) ? text.toLowerCase() : foldUnicode(text)

const foldUnicode = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(/[øłđħŧıςßæœ]/gu, (letter) => LETTERS[letter] ?? letter)

interface Range {
  readonly from: number
  readonly to: number
}

/** Whole words that begin with one of those looked for; in writing without spaces, what was looked for itself. */
function* matches(text: string, words: readonly string[]): Generator<Range> {
  const spelled = words.map((word) => word.normalize('NFC'))
  for (const { 0: token, index } of text.matchAll(WORD)) {
    const folded = fold(token)
    if (words.some((word) => folded.startsWith(word)) && !UNSPACED.test(token)) {
      yield { from: index, to: index + token.length }
      continue
    }
    if (!UNSPACED.test(token)) continue
    for (let at = 0; at < token.length; at++) {
      const word = spelled.find((each) => token.startsWith(each, at))
      if (word !== undefined) yield { from: index + at, to: index + at + word.length }
    }
  }
}

const UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u

/** The text in pieces. */
export const mark = (text: string, words: readonly string[]): Piece[] => cut(text, [...matches(text, words)])

function cut(text: string, ranges: readonly Range[]): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  const add = (to: number, match: boolean) => {
    if (to <= done) return
    const last = pieces.at(-1)
    const piece = text.slice(done, to)
    if (last?.match === match) pieces[pieces.length - 1] = { text: last.text + piece, match }
    else pieces.push({ text: piece, match })
    done = to
  }
  for (const { from, to } of ranges) {
    add(from, false)
    add(to, true)
  }
  add(text.length, false)
  return pieces
}

/** A line around the first match, or the beginning; whole words, where there are spaces. */
export function excerpt(text: string, words: readonly string[]): Piece[] {
  const first = matches(text, words).next().value
  const from = first ? Math.max(0, first.from - BEFORE) : 0
  const to = (first?.from ?? 0) + AFTER
  const start = from === 0 ? 0 : nextSpace(text, from, first?.from ?? 0)
  const line = text
    .slice(start, to >= text.length ? text.length : lastSpace(text, to, first?.to ?? 0))
    .replaceAll(/\s+/gu, ' ')
    .toWellFormed()
    .trim()
  return mark(line, words)
}

/** Behind the first space after `from`, if it comes before `until`. */
function nextSpace(text: string, from: number, until: number): number {
  const at = text.slice(from, until).search(/\s/u)
  return at === -1 ? from : from + at
}

function lastSpace(text: string, to: number, from: number): number {
  const at = text.slice(from, to).search(/\s\S*$/u)
  return at === -1 ? to : from + at
}
