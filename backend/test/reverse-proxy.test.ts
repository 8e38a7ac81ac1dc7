// The examples of deploy/proxy with the programs they are for: TLS, a path, streams, and who the client is.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { eventually, PASSWORD, start } from './harness.ts'
import { findProgram } from './programs.ts'

const world = await start({ PUBLIC_URL: 'https://example.com/tasks', TRUST_PROXY: '127.0.0.1' })
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-proxy-'))
// nginx drops its rights, and its workers write here.
chmodSync(folder, 0o777)
after(() => rmSync(folder, { recursive: true, force: true }))
const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name)) as [string, string]
const example = (name: string) =>
  readFileSync(path.resolve(import.meta.dirname, '../../deploy/proxy', name), 'utf8')

/** The text with each pair's first replaced by its second; all of them have to be there. */
const adapted = (text: string, pairs: Record<string, string>) =>
  Object.entries(pairs).reduce((result, [from, to]) => {
    assert(result.includes(from), `the example says ${from}`)
    return result.replaceAll(from, to)
  }, text)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const service = new URL(world.origins[0]!).host
const PROXIES: Record<string, (port: number) => string[]> = {
  nginx(port) {
    const site = adapted(example('nginx.conf'), {
      '127.0.0.1:5000': service,
      'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
      '/etc/ssl/certs/example.com.pem': certificate,
      '/etc/ssl/private/example.com.key': key,
    })
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const file = path.join(folder, 'nginx.conf')
    writeFileSync(
      file,
      `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${site}\n}\n`,
    )
    return ['-c', file, '-e', `${folder}/error.log`]
  },
  caddy(port) {
    const file = path.join(folder, 'Caddyfile')
    const site = adapted(example('Caddyfile'), {
      '127.0.0.1:5000': service,
      'example.com {': `https://localhost:${port} {\n\ttls ${certificate} ${key}`,
    })
    writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`)
    return ['run', '--config', file, '--adapter', 'caddyfile']
  },
}

for (const [name, configure] of Object.entries(PROXIES)) {
  const program = findProgram(name)
  const openssl = findProgram('openssl')
  describe(`behind ${name}`, { skip: program && openssl ? false : `needs ${name} and openssl` }, () => {
    it(
      'everything works below a path over TLS: links, the reference, streams, the address of the client',
      { timeout: 60_000 },
      async () => {
        const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
        execFileSync(openssl!, ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' }) // prettier-ignore
        const port = await freePort()
        let said = ''
        const proxy = spawn(program!, configure(port), {
          env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
        })
        proxy.stderr.on('data', (text) => (said += text))
        after(() => void proxy.kill('SIGTERM'))

        /** From another address than the proxy's own, which it is to tell. */
        const request = (method: string, address: string, headers: object = {}, body?: object) =>
          new Promise<IncomingMessage>((resolve, reject) => {
            const options = { method, host: 'localhost', port, path: address, localAddress: '127.0.0.2', family: 4, ca: readFileSync(certificate), headers: { ...headers, ...(body && { 'content-type': 'application/json' }) } } // prettier-ignore
            https
              .request(options, resolve)
              .on('error', reject)
              .end(body && JSON.stringify(body))
          })
        const json = async (...args: Parameters<typeof request>) => {
          const answer = await request(...args)
          const text = (await answer.toArray()).join('')
          return {
            status: answer.statusCode,
            headers: answer.headers,
            body: text.startsWith('{') ? JSON.parse(text) : text,
          }
        }
        await eventually(async () => {
          assert.equal((await json('GET', '/tasks/livez').catch(() => ({ status: said }))).status, 200)
        }, 15_000)

        const moved = await json('GET', '/tasks/docs')
        assert.equal(
          new URL(moved.headers.location!, `https://localhost:${port}/tasks/docs`).pathname,
          '/tasks/docs/',
        )
        for (const file of ['/tasks/docs/', '/tasks/docs/page.js', '/tasks/openapi.json'])
          assert.equal((await json('GET', file)).status, 200, file)

        const { owner, project } = await world.team()
        const spoofed = { 'x-forwarded-for': '203.0.113.9' }
        const login = await json('POST', '/tasks/api/v1/auth/login', spoofed, {
          email: owner.email,
          password: PASSWORD,
        })
        const authorization = { authorization: `Bearer ${login.body.access_token}` }
        const sessions = await json('GET', '/tasks/api/v1/auth/sessions', authorization)
        assert.equal(sessions.body.items.find((session: any) => session.current).ip, '127.0.0.2')

        const { body: ticket } = await json('POST', '/tasks/api/v1/events/ticket', authorization)
        const stream = await request('GET', `/tasks/api/v1/events?after=now&ticket=${ticket.ticket}`)
        assert.equal(stream.statusCode, 200)
        const heard = new Promise<string>((resolve) => {
          let text = ''
          stream.on('data', (part) => (text += part).includes('task.created') && resolve(text))
        })
        const created = await json('POST', `/tasks/api/v1/projects/${project.id}/tasks`, authorization, {
          title: 'Live',
        })
        assert.equal((await json('GET', created.headers.location!, authorization)).body.title, 'Live')
        const startedAt = performance.now()
        assert.match(await heard, /Live/)
        assert(performance.now() - startedAt < 5_000, 'the stream is not held back')
        stream.destroy()
      },
    )
  })
}
