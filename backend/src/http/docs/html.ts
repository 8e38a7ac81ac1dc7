// Text that becomes part of a page.

/** Markup, as opposed to text that has to be escaped first. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = Html | string | number | false | undefined | readonly Value[]

/** Makes markup of a template; whatever is put in that is not markup itself is escaped. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(strings.map((text, i) => text + toMarkup(values[i])).join(''))

function toMarkup(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(toMarkup).join('')
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The little Markdown that descriptions are written in: paragraphs, lists, `code` and **bold**. */
export function prose(text: string): Html {
  const blocks = text.split(/\n{2,}/).map((block) => {
    const items = block.split('\n').filter((line) => line.startsWith('- '))
    return items.length === 0
      ? html`<p>${line(block)}</p>`
      : html`<ul>
          ${items.map((item) => html`<li>${line(item.slice(2))}</li>`)}
        </ul>`
  })
  return html`${blocks}`
}

/** One line of it. */
export const line = (text: string): Html =>
  html`${text
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part, i) =>
      i % 2 === 0
        ? part
        : part.startsWith('`')
          ? html`<code>${part.slice(1, -1)}</code>`
          : html`<b>${part.slice(2, -2)}</b>`,
    )}`
