// The page that shows the OpenAPI document: one file of markup, a style sheet and a script, all from here. It is complete
// without the script, which finds operations and sends requests.
import type { Json, Schema } from '../openapi-schemas.ts'
import { html, line, prose, type Html } from './html.ts'
import { describe, linkTo, nameIn, table } from './schema-table.ts'

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
  readonly example?: unknown
}

interface Media {
  readonly schema: Schema
  readonly example?: unknown
}

interface Answer {
  readonly $ref?: string
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, Media>>
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly unknown[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Answer>>
}

export interface Document extends Json {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly responses: Readonly<Record<string, Answer>>
  }
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2)

/** Makes the page. Its links are relative, so that it works under any address that ends in a slash. */
export function renderPage({ info, tags, paths, components }: Document): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags[0] === tag.name),
  }))

  const showAll = ({ name, description, operations: own }: (typeof groups)[number]) =>
    html` <section id="tag-${name}">
      <h2>${name}</h2>
      <p>${description}</p>
      ${own.map(({ path, method, operation }) => show(path, method, operation))}
    </section>`

  function show(path: string, method: string, operation: Operation): Html {
    const parameters = operation.parameters.map((parameter) =>
      parameter.$ref === undefined ? parameter : (components.parameters[nameIn(parameter.$ref)] ?? parameter),
    )
    const body = Object.values(operation.requestBody?.content ?? {})[0]
    return html` <details
      class="operation"
      id="${operation.operationId}"
      data-method="${method}"
      data-path="${path}"
    >
      <summary>
        <span class="method ${method}">${method.toUpperCase()}</span>
        <code class="path">${breakable(path)}</code> <span class="summary">${operation.summary}</span>
      </summary>
      <div class="body">
        ${operation.description && prose(operation.description)}
        <p class="facts">
          <code>${operation.operationId}</code>${operation.security?.length === 0 ? ' · needs no log-in' : ''}
        </p>
        ${
          parameters.length > 0 &&
          html`<h3>Parameters</h3>
            ${table(parameters.map(({ name, in: where, ...rest }) => ({ name, where, ...rest })))}`
        }
        ${body && showMedia('Body', body)}
        <h3>Answers</h3>
        <dl class="answers">
          ${Object.entries(operation.responses).map(([status, answer]) => showAnswer(status, answer))}
        </dl>
        <details class="try">
          <summary>Try it</summary>
          ${form(parameters, body)}
        </details>
      </div>
    </details>`
  }

  function showMedia(title: string, { schema, example }: Media): Html {
    const named = schema.$ref === undefined ? undefined : nameIn(schema.$ref)
    return html`<h3>${title}${named && html`: ${linkTo(named)}`}</h3>
      ${describe(named === undefined ? schema : (components.schemas[named] ?? {}))}
      <details>
        <summary>Example</summary>
        <pre>${pretty(example)}</pre>
      </details>`
  }

  function showAnswer(status: string, used: Answer): Html {
    const answer = used.$ref === undefined ? used : (components.responses[nameIn(used.$ref)] ?? used)
    const media = Object.values(answer.content ?? {})[0]
    const refusal = status === 'default' || Number(status) >= 400
    if (refusal)
      return html`<dt>${status}</dt>
        <dd class="codes">${line(codesOf(status, answer.description))}</dd>`
    return html`<dt>${status}</dt>
      <dd>
        ${media?.schema.$ref === undefined ? answer.description : linkTo(nameIn(media.schema.$ref))}
        ${answer.headers && html`<small>with ${Object.keys(answer.headers).join(', ')}</small>`}
        ${
          media &&
          html`<details>
            <summary>Example</summary>
            <pre>${typeof media.example === 'string' ? media.example : pretty(media.example)}</pre>
          </details>`
        }
      </dd>`
  }

  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title} API</title>
        <link rel="icon" href="icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="page.css" />
        <script src="page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>${info.title} API</h1>
          <span class="version">${info.version}</span>
          <input
            id="find"
            type="search"
            placeholder="Find an operation"
            aria-label="Find an operation"
            hidden
          />
          <a href="../openapi.json">openapi.json</a>
        </header>
        <nav aria-label="Operations">
          <details open>
            <summary>Contents</summary>
            ${groups.map(
              ({ name, operations: own }) =>
                html`<h2><a href="#tag-${name}">${name}</a></h2>
                  <ul>
                    ${own.map(({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`)}
                  </ul>`,
            )}
            <h2><a href="#schemas">schemas</a></h2>
          </details>
        </nav>
        <main>
          ${prose(info.description)}
          <details class="login" hidden>
            <summary>Log in, to try things here</summary>
            <form id="login">
              <label>E-mail <input name="email" type="email" autocomplete="username" /></label>
              <label
                >Password <input name="password" type="password" autocomplete="current-password"
              /></label>
              <button>Log in</button> <output></output>
              <p>The token stays in this page until you leave it.</p>
            </form>
          </details>
          ${groups.map(showAll)}
          <section id="schemas">
            <h2>Schemas</h2>
            ${Object.entries(components.schemas).map(
              ([name, schema]) =>
                html`<details class="schema" id="${name}">
                  <summary>
                    <code>${name}</code
                    >${schema.description && html` <span class="summary">${line(schema.description)}</span>`}
                  </summary>
                  <div class="body">${describe(schema)}</div>
                </details>`,
            )}
          </section>
        </main>
      </body>
    </html> `.text
}

/** A long path may break before each of its parts. */
const breakable = (path: string): Html =>
  html`${path.split('/').map((part, i) => (i === 0 ? '' : html`<wbr />/${part}`))}`

/** Where many codes are possible they are named, and their meaning is in the schema. */
const codesOf = (status: string, description: string) =>
  status === 'default'
    ? 'any other problem'
    : [...description.matchAll(/`(\w+)`/g)].map(([code]) => code).join(' ') || description

/** What a request is made of, to be filled in. */
function form(parameters: readonly Parameter[], body: Media | undefined): Html {
  return html`<form class="request">
    ${parameters.map(
      ({ name, in: where, required, example }) =>
        html`<label
          ><code>${name}</code>
          <input
            name="${name}"
            data-in="${where}"
            ${required && html` required`}
            placeholder="${
              example === undefined
                ? ''
                : [example]
                    .flat()
                    .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
                    .join()
            }"
        /></label>`,
    )}
    ${body && html`<label>Body <textarea name="body" rows="6" spellcheck="false">${pretty(body.example)}</textarea></label>`}
    <button>Send</button>
    <pre class="answer" hidden></pre>
  </form>`
}
