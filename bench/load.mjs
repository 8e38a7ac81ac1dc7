// Load on an HTTP server: from wrk where it is installed, else from autocannon.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = fileURLToPath(new URL('.', import.meta.url))
export const CONNECTIONS = 32

const hasWrk = (() => {
  try {
    execFileSync('wrk', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return error.code !== 'ENOENT' // wrk --version ends with status 1
  }
})()

export const generator = hasWrk ? 'wrk' : 'autocannon'

/**
 * Sends the case's requests for so many seconds and answers how many were answered, how many of those with an error,
 * and latencies in ms. Throws if anything but errors the case allows comes back.
 */
export async function load(port, work, seconds, directory) {
  const result = await (hasWrk ? withWrk : withAutocannon)(port, work, seconds, directory)
  if (result.refused > 0 || result.lost > result.requests / 100)
    throw new Error(`${work.name}: ${result.refused} refused, ${result.lost} lost of ${result.requests}`)
  return result
}

async function withWrk(port, { requests, connections = CONNECTIONS, etag = false }, seconds, directory) {
  const file = join(directory, `requests-${process.pid}`)
  writeFileSync(file, requests.map((request) => toText(request, port)).join('\0'))
  const threads = etag ? connections : 1
  const { stdout } = await promisify(execFile)(
    'wrk',
    [
      `-t${threads}`,
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      join(here, 'wrk.lua'),
      `http://127.0.0.1:${port}`,
    ],
    { env: { ...process.env, BENCH_REQUESTS: file, BENCH_FOLLOW_ETAG: etag ? '1' : '' } },
  )
  const { us, p50, p99, ...counts } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')))
  return { ...counts, seconds: us / 1e6, p50: p50 / 1e3, p99: p99 / 1e3 }
}

function toText({ method, path, headers, body }, port) {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(body && { 'content-type': 'application/json', 'content-length': lengthOf(body) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

const lengthOf = (body) => body.replaceAll('{{number}}', '0123456789').length

async function withAutocannon(port, { requests, connections = CONNECTIONS, etag = false }, seconds) {
  if (!existsSync(join(here, 'node_modules/autocannon')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })
  const { default: autocannon } = await import('autocannon')
  let count = Math.floor(Math.random() * 1e9)
  let starts = 0
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    timeout: 10,
    requests: [
      {
        setupRequest(request, context) {
          context.at ??= starts++
          const { method, path, headers, body } = requests[context.at % requests.length]
          if (!etag) context.at += connections
          return {
            ...request,
            method,
            path,
            headers: {
              ...headers,
              ...(headers['if-match'] && { 'if-match': context.etag ?? '*' }),
              ...(body && { 'content-type': 'application/json' }),
            },
            body: body?.replaceAll('{{number}}', String(++count).padStart(10, '0')),
          }
        },
        onResponse(_status, _body, context, headers) {
          context.etag = headers.etag ?? headers.ETag
        },
      },
    ],
  })
  return {
    requests: result['2xx'] + result.non2xx,
    seconds: result.duration,
    refused: result.non2xx,
    lost: result.errors,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }
}
