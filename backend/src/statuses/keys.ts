import { wordOf } from '../text.ts'
import { CATEGORIES, type NewStatus } from './schema.ts'

/** As many as a project can have, so that one of the keys is free. */
const MOST = 50

/** Keys to try for a status of this name, best first: its letters and digits, then the same with a number. */
export function deriveKeys({ name, category }: Pick<NewStatus, 'name' | 'category'>): string[] {
  const base = wordOf(name, 'status')
  const taken = CATEGORIES.some((each) => each === base && each !== category)
  const numbered = Array.from({ length: MOST }, (_, i) => `${base}_${i + 2}`)
  return taken ? numbered : [base, ...numbered]
}
