// The way in for people: what this is, the reference, and the document that it shows.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyReply } from 'fastify'
import type { App } from '../server.ts'
import { version } from '../../version.ts'
import { html } from './html.ts'
import { renderPage, type Document } from './page.ts'

const FILES = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}
const ABOUT =
  'A task management backend: projects, tasks and users behind a REST API, with one ordered trail of every change.'

/** Everything from here, nothing inline, and nobody's frame. Nothing about HTTPS, which a proxy in front decides. */
export const PAGE = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
}

const open = { config: { access: 'public' }, schema: { hide: true } } as const

/** Adds `/`, `/openapi.json` and `/docs/`. `base` is the path under which a proxy shows this service. */
export function documentRoutes(app: App, document: () => object, base: string): void {
  const page = (reply: FastifyReply, text: string) =>
    reply.headers(PAGE).type('text/html; charset=utf-8').send(text)

  app.get('/openapi.json', open, document)

  app.get('/', open, (request, reply) => {
    reply.header('vary', 'Accept')
    if (prefersHtml(request.headers.accept)) return page(reply, ENTRANCE)
    return {
      name: 'Tasktrail',
      description: ABOUT,
      version,
      docs: `${base}/docs/`,
      openapi: `${base}/openapi.json`,
      api: `${base}/api/v1`,
    }
  })

  // Relative, like all links: it leads there under any prefix, whether this service knows of it or not.
  app.get('/docs', open, (_request, reply) => reply.code(302).header('location', 'docs/').send())

  let rendered: string | undefined
  app.get('/docs/', open, (_request, reply) => page(reply, (rendered ??= renderPage(document() as Document))))
  for (const [name, type] of Object.entries(FILES)) {
    const content = readFileSync(path.join(import.meta.dirname, name))
    app.get(`/docs/${name}`, open, (_request, reply) =>
      reply.header('cache-control', 'no-cache').type(type).send(content),
    )
  }
}

const ENTRANCE = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>Tasktrail</title>
      <link rel="icon" href="docs/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="docs/page.css" />
    </head>
    <body class="entrance">
      <main>
        <h1>Tasktrail</h1>
        <p>${ABOUT}</p>
        <ul>
          <li><a href="docs/">API reference</a></li>
          <li><a href="openapi.json">openapi.json</a>, the same for programs</li>
          <li><a href="health">Is it well?</a></li>
        </ul>
        <p><small>Version ${version}</small></p>
      </main>
    </body>
  </html> `.text

/** A browser names text/html and nothing before it; everybody else gets JSON. */
function prefersHtml(accept = ''): boolean {
  const quality = (type: string) => {
    const range = accept
      .toLowerCase()
      .split(',')
      .find((each) => each.trim().startsWith(type))
    return range === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1)
  }
  return quality('text/html') > 0 && quality('text/html') >= quality('application/json')
}
