// How a log line looks in a terminal.

const COLORS: Readonly<Record<string, number>> = {
  fatal: 31,
  error: 31,
  warn: 33,
  info: 32,
  debug: 36,
  trace: 36,
}

interface Line {
  readonly [field: string]: unknown
  readonly time: string
  readonly level: string
  readonly msg?: string
  readonly err?: { readonly message: string; readonly stack?: string }
}

/** `15:19:40.525 info  request  method=GET route=/livez status=200 …`, an error's stack on the lines below. */
export function lineForPeople(json: string, colors: boolean): string {
  const { time, level, msg = '', err, ...fields } = JSON.parse(json) as Line
  const paint = (code: number, text: string) => (colors ? `\u001B[${code}m${text}\u001B[39;22m` : text)
  const rest = Object.entries(fields).map(([name, value]) => `${paint(2, `${name}=`)}${show(value)}`)
  const first = [
    paint(2, time.slice(11, 23)),
    paint(COLORS[level] ?? 39, level.padEnd(5)),
    show(msg),
    ...rest,
  ]
  const stack = err && `\n${(err.stack ?? err.message).split('\n').map(show).join('\n')}`
  return `${first.join(' ')}${stack ?? ''}\n`
}

/** Escapes what could move the cursor or forge a line, because some of it comes from clients. */
function show(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001F\u007F-\u009F]/.test(value) ? JSON.stringify(value) : value
}
