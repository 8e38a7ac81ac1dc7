/**
 * Candidate keys for a project of this name, best first: its initials, or the beginning of its only word, then the same
 * with a number. The last one is random enough to be free.
 */
export function deriveKeys(name: string): string[] {
  const words = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9\s_-]/g, '')
    .split(/[\s_-]+/)
    .filter((word) => /^[A-Z]/.test(word))
  const initials = words
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 5)
  const stem = initials.length >= 2 ? initials : (words[0] ?? '').slice(0, 4)
  const base = stem.length >= 2 ? stem : 'PRJ'
  const numbered = Array.from({ length: 8 }, (_, i) => `${base}${i + 2}`)
  return [base, ...numbered, `${base}${Math.floor(Math.random() * 90_000) + 10_000}`]
}
