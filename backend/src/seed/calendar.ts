export const MINUTE = 60_000
export const DAY = 1440 * MINUTE

export const instant = (at: number) => new Date(at).toISOString()
export const dayOf = (at: number) => instant(at).slice(0, 10)

/** A moment in working hours, the given number of days from `today`; on the Monday after, if that is a weekend. */
export function atWork(today: number, day: number): number {
  const whole = Math.floor(day)
  const weekday = new Date(today + whole * DAY).getUTCDay()
  const working = whole + (weekday === 6 ? 2 : weekday === 0 ? 1 : 0)
  return Math.round(today + working * DAY + (7 + (day - whole) * 10.5) * 60 * MINUTE)
}
