// A mail as text and as plain HTML that needs no image and nothing from elsewhere. It names nobody: what people call
// themselves would be words that a stranger can put into it.
import { html } from '../http/docs/html.ts'
import { textOf, type Kind, type Language } from './texts/texts.ts'

export interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export function render(kind: Kind, language: Language, link: string | undefined): Rendered {
  const { subject, action, paragraphs } = textOf(kind, language)
  const [first = '', ...rest] = paragraphs
  return {
    subject: `Tasktrail: ${subject}`,
    text: [first, ...(link === undefined ? [] : [link]), ...rest].join('\n\n') + '\n',
    html: html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <title>${subject}</title>
        </head>
        <body style="font: 16px/1.5 sans-serif; max-width: 36em">
          <p>${first}</p>
          ${
            link !== undefined &&
            html`<p>
                <a href="${link}"><b>${action}</b></a>
              </p>
              <p style="font-size: 13px; word-break: break-all">${link}</p>`
          }
          ${rest.map((paragraph) => html`<p>${paragraph}</p>`)}
        </body>
      </html> `.text,
  }
}
