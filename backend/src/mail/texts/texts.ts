// What mails say, in each language.
import { de } from './de.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import type { Kind, Text, Texts } from './kinds.ts'

export type { Kind }

const TEXTS = { en, de, fr } as const satisfies Record<string, Texts>

export type Language = keyof typeof TEXTS

export const textOf = (kind: Kind, language: Language): Text => TEXTS[language][kind]

/** The first of our languages in an Accept-Language header, by the weights that it gives (RFC 9110, 12.5.4). */
export function languageOf(accepted = ''): Language {
  const wanted = accepted
    .slice(0, 500)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
      const weight = parameters.map((each) => /^\s*q=([\d.]+)\s*$/.exec(each)?.[1]).find(Boolean)
      return { language: tag.split('-')[0] ?? '', weight: Number(weight ?? 1) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  return wanted.map(({ language }) => language).find(isLanguage) ?? 'en'
}

const isLanguage = (text: string): text is Language => Object.hasOwn(TEXTS, text)
