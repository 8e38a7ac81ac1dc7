// Endpoints that do as they are told, and what tells them.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startDeliveries } from '../src/trail/webhooks/deliver.ts'
import type { Actor, World } from './harness.ts'

/** Delivers in both servers, as real processes do, but without waiting; answers what the operator is warned of. */
export function deliverFor(world: World): any[] {
  const errors: unknown[] = []
  const warnings: any[] = []
  const log = {
    error: (fields: object) => void errors.push(fields),
    warn: (fields: object) => void warnings.push(fields),
  }
  const deliverers = world.servers.map(({ db }) => startDeliveries(db, world.config, log, 30))
  world.beforeStop(async () => {
    await Promise.all(deliverers.map((deliverer) => deliverer.stop()))
    assert.deepEqual(errors, [])
  })
  return warnings
}

interface Received {
  headers: IncomingMessage['headers']
  body: any
  raw: string
}

/** Makes endpoints that remember what they were sent; `answer` says what one does about the nth request. */
export const createReceiver =
  (world: Pick<World, 'beforeStop'>) =>
  async (answer: (n: number, response: ServerResponse) => void = (_, response) => response.end()) => {
    const received: Received[] = []
    const server = createServer((request, response) => {
      let raw = ''
      request.on('data', (chunk: Buffer) => (raw += chunk.toString()))
      request.on('end', () => {
        received.push({ headers: request.headers, body: JSON.parse(raw), raw })
        answer(received.length, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world.beforeStop(() => {
      server.closeAllConnections()
      server.close()
    })
    return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
  }

/** Answers the nth request with the nth of these, and all that follow with the last. */
export const status =
  (...codes: number[]) =>
  (n: number, response: ServerResponse) => {
    response.statusCode = codes[Math.min(n, codes.length) - 1]!
    response.end()
  }

export async function hook(owner: Actor, project: { id: string }, url: string, body: object = {}) {
  const answer = await owner.post(`projects/${project.id}/webhooks`, { url, ...body })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return { ...answer.body, path: `projects/${project.id}/webhooks/${answer.body.id}` } as {
    id: string
    secret: string
    path: string
  }
}

/** Makes the next attempts due now, in place of waiting for them; those under way are due in about a minute. */
export const hurry = (world: World, webhookId: string) =>
  world.pool.query(
    `update webhook_deliveries set due_at = now() where webhook_id = $1 and status = 'pending' and due_at < now() + interval '50 seconds'`,
    [webhookId],
  )
