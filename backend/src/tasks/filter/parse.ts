// The text of a filter as a tree. What its names and values mean is said in fields.ts.
import { refusal, type Refuse } from './refusal.ts'

/** A word, or what stands between quotes. Several words in a row are one value: `start of week`. */
export interface Value {
  readonly text: string
  readonly quoted: boolean
  readonly at: number
}

const OPERATORS = ['=', '!=', '<', '<=', '>', '>=', '~'] as const
export type Operator =
  | (typeof OPERATORS)[number]
  | 'in'
  | 'not in'
  | 'is empty'
  | 'is not empty'
  /** A name by itself: `overdue`. */
  | 'holds'

export interface Comparison {
  readonly kind: 'comparison'
  readonly name: Value
  readonly operator: Operator
  readonly values: readonly Value[]
}

export type Filter =
  | Comparison
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }

/** The bounds of what a filter may cost to read and to look for. */
const MOST_COMPARISONS = 50
const DEEPEST = 20
const MOST_VALUES = 200

interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\[^])*)"|(<=|>=|!=|[=<>~(),])|([^\s"=<>!~(),]+))/y

function tokens(text: string, refuse: Refuse): Token[] {
  const found: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex
    const [whole = '', quoted, sign, word] = TOKEN.exec(text) ?? []
    const at = from + (whole === '' ? text.slice(from).search(/\S/) : whole.search(/\S/))
    if (quoted !== undefined) found.push({ kind: 'quoted', text: quoted.replaceAll(/\\([^])/g, '$1'), at })
    else if (sign !== undefined) found.push({ kind: 'sign', text: sign, at })
    else if (word !== undefined) found.push({ kind: 'word', text: word, at })
    else refuse(at, text.slice(at), text[at] === '"' ? ['a quote at the end of the text'] : ['!='])
  }
  return [...found, { kind: 'end', text: '', at: end }]
}

/** Reads a filter by recursive descent; throws `invalid_filter`, which `pointer` says the place of. */
export function parse(text: string, pointer: string): Filter {
  const refuse = refusal(pointer)
  const list = tokens(text, refuse)
  const end: Token = { kind: 'end', text: '', at: text.length }
  let next = 0
  let comparisons = 0

  const peek = (ahead = 0): Token => list[next + ahead] ?? end
  const fail = (expected: readonly string[], { kind, text: found, at } = peek()): never =>
    refuse(at, kind === 'end' ? 'the end' : found, expected)
  const isWord = (word: string, ahead = 0) =>
    peek(ahead).kind === 'word' && peek(ahead).text.toLowerCase() === word
  const isSign = (sign: string) => peek().kind === 'sign' && peek().text === sign
  const take = (here: boolean): boolean => {
    if (here) next++
    return here
  }
  const expect = (here: boolean, what: string) => void (take(here) || fail([what]))

  const several = (kind: 'and' | 'or', depth: number, part: (depth: number) => Filter): Filter => {
    const parts = [part(depth)]
    while (take(isWord(kind))) parts.push(part(depth))
    const [first] = parts
    return parts.length === 1 && first ? first : { kind, parts }
  }
  const either = (depth: number): Filter => several('or', depth, both)
  const both = (depth: number): Filter => several('and', depth, single)

  function single(depth: number): Filter {
    if (depth > DEEPEST) return fail([`at most ${DEEPEST} levels of parentheses and of not`])
    if (take(isWord('not'))) return { kind: 'not', part: single(depth + 1) }
    if (!take(isSign('('))) return comparison()
    const inner = either(depth + 1)
    if (!take(isSign(')'))) fail(['and', 'or', ')'])
    return inner
  }

  function comparison(): Filter {
    const { kind, text: name, at } = peek()
    if (kind !== 'word' || KEYWORDS.has(name.toLowerCase())) return fail(['the name of a field', 'not', '('])
    if (++comparisons > MOST_COMPARISONS) return fail([`at most ${MOST_COMPARISONS} comparisons`])
    next++
    return { kind: 'comparison', name: { text: name, quoted: false, at }, ...compared() }
  }

  function compared(): { operator: Operator; values: Value[] } {
    const operator = OPERATORS.find(isSign)
    if (operator !== undefined) {
      next++
      return { operator, values: [value()] }
    }
    if (take(isWord('in'))) return { operator: 'in', values: values() }
    if (isWord('not') && isWord('in', 1)) {
      next += 2
      return { operator: 'not in', values: values() }
    }
    if (take(isWord('is'))) {
      const not = take(isWord('not'))
      expect(isWord('empty'), not ? 'empty' : 'empty or not empty')
      return { operator: not ? 'is not empty' : 'is empty', values: [] }
    }
    if (peek().kind === 'end' || isSign(')') || isWord('and') || isWord('or'))
      return { operator: 'holds', values: [] }
    return fail([...OPERATORS, 'in', 'not in', 'is empty', 'is not empty', 'and', 'or'])
  }

  function values(): Value[] {
    expect(isSign('('), '(')
    const all = [value()]
    while (take(isSign(','))) {
      if (all.length === MOST_VALUES) fail([`at most ${MOST_VALUES} values`])
      all.push(value())
    }
    if (!take(isSign(')'))) fail([',', ')'])
    return all
  }

  function value(): Value {
    const { kind, text: first, at } = peek()
    if (kind === 'quoted') {
      next++
      return { text: first, quoted: true, at }
    }
    const words: string[] = []
    while (peek().kind === 'word' && !isWord('and') && !isWord('or')) words.push(list[next++]?.text ?? '')
    if (words.length === 0) return fail(['a value'])
    return { text: words.join(' '), quoted: false, at }
  }

  const filter = either(0)
  return peek().kind === 'end' ? filter : fail(['and', 'or', 'the end'])
}

const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'is'])
