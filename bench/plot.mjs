// The plot: for each case a bar of requests a second, ours and beside it the reference and the limit, on a logarithmic scale.
const KINDS = [
  { kind: 'tasktrail', label: 'Tasktrail', colour: '#2563eb' },
  { kind: 'reference', label: 'reference', colour: '#d97706' },
  { kind: 'limit', label: 'pgbench', colour: '#6b7280' },
]
const [LEFT, WIDTH, BAR, GAP, TOP] = [220, 560, 13, 12, 40]
const DECADES = [10, 100, 1_000, 10_000, 100_000]

/** An SVG of the results. The thin line of each bar goes from the least to the most of the rounds. */
export function plot({ cases }) {
  const x = (rate) => LEFT + (Math.max(0, Math.log10(rate / 10)) / 4) * WIDTH
  const parts = []
  let y = TOP
  for (const { name } of cases.filter(({ kind }) => kind === 'tasktrail')) {
    const shown = KINDS.flatMap((kind) => {
      const found = cases.find((each) => each.kind === kind.kind && each.name === name)
      return found ? [{ ...kind, ...found.rate }] : []
    })
    parts.push(text(LEFT - 8, y + (shown.length * BAR) / 2 + 4, name, 'end'))
    for (const { colour, median, min, max } of shown) {
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${round(x(median) - LEFT)}" height="${BAR - 2}" fill="${colour}"/>`,
        `<path d="M${round(x(min))} ${y + 5.5}H${round(x(max))}" stroke="#111"/>`,
        text(x(max) + 6, y + 10, String(Math.round(median)), 'start'),
      )
      y += BAR
    }
    y += GAP
  }
  const grid = DECADES.map(
    (rate) =>
      `<path d="M${round(x(rate))} ${TOP - 8}V${y}" stroke="#ddd"/>${text(x(rate), y + 14, rate.toLocaleString('en').replaceAll(',', ' '), 'middle')}`,
  )
  const legend = KINDS.map(
    ({ label, colour }, i) =>
      `<rect x="${LEFT + i * 120}" y="10" width="11" height="11" fill="${colour}"/>${text(LEFT + 16 + i * 120, 20, label, 'start')}`,
  )
  const height = y + 40
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 70} ${height}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${[...grid, ...legend, ...parts].join('')}${text(LEFT + WIDTH / 2, height - 8, 'requests a second, logarithmic', 'middle')}</svg>\n`
}

const round = (number) => number.toFixed(1)
const text = (x, y, content, anchor) =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
