import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pg from 'pg'
import { start } from '../../test/harness.ts'
import { lineForPeople } from './log-for-people.ts'
import { createLogger } from './log.ts'

const world = await start()

describe('The log', () => {
  it('has one line for each request, with its id and without what was sent', async () => {
    const { editor, project } = await world.team()
    const answer = await editor.post(
      `projects/${project.id}/tasks?access_token=secret-in-the-address`,
      { title: 'Not for the log' },
      { 'x-request-id': 'trace-me' },
    )
    assert.equal(answer.headers.get('x-request-id'), 'trace-me')
    const lines = world.log
      .filter((line) => line.includes('trace-me'))
      .map((line) => JSON.parse(line) as object)
    assert.equal(lines.length, 1)
    const { time, ms, ...line } = lines[0] as Record<string, unknown>
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert(Number(ms) > 0)
    assert.deepEqual(line, {
      level: 'info',
      msg: 'request',
      request_id: 'trace-me',
      method: 'POST',
      route: '/api/v1/projects/:id/tasks',
      status: answer.status,
      user: editor.id,
      ip: '127.0.0.1',
    })
  })

  it('has of an error of PostgreSQL what helps, and not the row that it quotes', async () => {
    const lines: string[] = []
    const logger = createLogger('info', { write: (line) => void lines.push(line) })
    const err = await world.pool
      .query(
        `insert into sessions (id, user_id, expires_at) values (gen_random_uuid(), gen_random_uuid(), now())`,
      )
      .catch((error: unknown) => error)
    assert(err instanceof pg.DatabaseError)
    assert.match(err.detail ?? '', /is not present/)
    logger.error({ err: new Error('outer', { cause: err }) }, 'failed')
    const { cause } = (JSON.parse(lines[0]!) as { err: { cause: Record<string, unknown> } }).err
    assert.deepEqual(Object.keys(cause), ['type', 'code', 'message', 'constraint', 'table', 'stack'])
    assert.equal(cause['constraint'], 'sessions_user_fkey')
  })
})

describe('A line for people', () => {
  const json = (fields: object) =>
    JSON.stringify({ level: 'warn', time: '2026-11-22T09:30:00.125Z', ...fields })

  it('is short, in the order time, level, message, fields', () => {
    assert.equal(
      lineForPeople(json({ request_id: 'a', status: 404, msg: 'request' }), false),
      '09:30:00.125 warn  request request_id=a status=404\n',
    )
  })

  it('shows the stack of an error below', () => {
    const text = lineForPeople(
      json({ msg: 'failed', err: { message: 'no', stack: 'Error: no\n    at here' } }),
      false,
    )
    assert.equal(text, '09:30:00.125 warn  failed\nError: no\n    at here\n')
  })

  it('cannot be forged by what a client sends', () => {
    const text = lineForPeople(
      json({ msg: 'request', method: 'x\n09:30:00.126 info  forged', ip: '\u001B[2J' }),
      false,
    )
    assert.equal(text.split('\n').length, 2)
    assert(!text.includes('\u001B'))
  })
})
