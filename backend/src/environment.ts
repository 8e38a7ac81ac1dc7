// How a variable of the environment is read. Only config.ts and the settings it composes do so.
import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads variables one by one. What is wrong with them goes to `mistakes`, so that all are reported at once. */
export class Reader {
  readonly #env: Environment
  readonly #mistakes: string[]

  constructor(env: Environment, mistakes: string[]) {
    this.#env = env
    this.#mistakes = mistakes
  }

  mistake(name: string, problem: string): void {
    this.#mistakes.push(`${name} ${problem}`)
  }

  text(name: string, fallback: string): string {
    return this.#env[name] || fallback
  }

  /** The variable, or the content of the file that `<name>_FILE` names. */
  secret(name: string): string {
    const file = this.#env[`${name}_FILE`]
    if (!file) return this.#env[name] ?? ''
    if (this.#env[name]) this.mistake(name, `and ${name}_FILE are both set; set one of them`)
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      this.mistake(`${name}_FILE`, 'names a file that cannot be read')
      return ''
    }
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.#env[name]
    if (!text) return fallback
    const value = Number(text)
    if (!Number.isInteger(value) || value < min || value > max)
      this.mistake(name, `must be a whole number from ${min} to ${max}`)
    return value
  }

  flag(name: string, fallback: boolean): boolean {
    const words: Record<string, boolean> = {
      on: true,
      true: true,
      1: true,
      off: false,
      false: false,
      0: false,
    }
    const text = this.#env[name]
    if (!text) return fallback
    const value = words[text.toLowerCase()]
    if (value === undefined) this.mistake(name, 'must be on or off')
    return value ?? fallback
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.#env[name]
    if (!text) return fallback
    const value = choices.find((choice) => choice === text)
    if (!value) this.mistake(name, `must be one of ${choices.join(', ')}`)
    return value ?? fallback
  }

  list(name: string, valid: (item: string) => boolean, what: string): readonly string[] {
    const items = (this.#env[name] ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
    if (!items.every(valid)) this.mistake(name, `must be a comma-separated list, each item ${what}`)
    return items
  }

  /** `name=value` pairs with percent-encoded values, as the OTEL_* variables have them. */
  pairs(name: string): Readonly<Record<string, string>> {
    try {
      return Object.fromEntries(
        this.list(name, (item) => item.indexOf('=') > 0, 'as in name=value').map((item) => {
          const at = item.indexOf('=')
          return [item.slice(0, at).trim(), decodeURIComponent(item.slice(at + 1).trim())]
        }),
      )
    } catch {
      this.mistake(name, 'has a broken percent-encoding')
      return {}
    }
  }
}
