// The pages that the links in mails lead to, for where no other front end has them.
import { readFileSync } from 'node:fs'
import type { App } from '../../http/server.ts'
import { html, type Html } from '../../http/docs/html.ts'
import { PAGE } from '../../http/docs/routes.ts'
import { PURPOSES } from './links.ts'

const open = { config: { access: 'public' }, schema: { hide: true } } as const

export async function linkPages(app: App): Promise<void> {
  const script = readFileSync(new URL('../../http/docs/link.js', import.meta.url))
  app.get('/docs/link.js', open, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(script),
  )
  const pages: Record<string, string> = {
    [PURPOSES.reset_password.page]: page(
      'Set a new password',
      'api/v1/auth/password/reset',
      'Your password is set, and all log-ins were ended. You can log in with it now.',
      html`<p>
        <label
          >New password<br />
          <input name="new_password" type="password" autocomplete="new-password" maxlength="256" required />
        </label>
      </p>`,
    ),
  }
  pages[PURPOSES.verify_email.page] = page(
    'Confirm your e-mail address',
    'api/v1/auth/verify-email',
    'Your e-mail address is confirmed.',
    html``,
  )
  for (const [path, text] of Object.entries(pages))
    app.get(`/${path}`, open, (_request, reply) =>
      reply
        .headers({ ...PAGE, 'referrer-policy': 'no-referrer' })
        .type('text/html; charset=utf-8')
        .send(text),
    )
}

/** Relative addresses, so that it works below any path. */
const page = (title: string, address: string, done: string, fields: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Tasktrail</title>
        <link rel="icon" href="docs/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="docs/page.css" />
        <script src="docs/link.js" defer></script>
      </head>
      <body class="entrance">
        <main>
          <h1>${title}</h1>
          <form data-post="${address}" data-done="${done}">
            ${fields}
            <p><button>${title}</button></p>
          </form>
          <p><output></output></p>
          <noscript><p>This page needs JavaScript.</p></noscript>
        </main>
      </body>
    </html> `.text
