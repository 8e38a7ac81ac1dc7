// A server is killed between the effect of a request with an Idempotency-Key and its answer: the same request, sent to
// another server, has its one effect whichever side of the commit it was.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { it } from 'node:test'
import { eventually, refused, start, type Answer } from './harness.ts'
import { startService } from './process.ts'

const world = await start()

/** A server of its own that has been sent a new task, is stopped by a lock before it can commit, and is killed. */
async function killed(lock: (project: string) => string, killWhen: 'waiting' | 'committed') {
  const { editor, project } = await world.team()
  const service = startService({ DATABASE_URL: world.url, DB_POOL_SIZE: '3' })
  const port = await service.port
  const header = { 'idempotency-key': randomUUID() }
  const post = (client = editor) => client.post(`projects/${project.id}/tasks`, { title: 'Once' }, header)
  const holder = await world.pool.connect()
  await holder.query('begin')
  await holder.query(lock(project.id))
  const cut = assert.rejects(post(world.client(editor.token, `http://127.0.0.1:${port}`) as typeof editor))
  await world.blocked()
  if (killWhen === 'committed') void service.signal('SIGSTOP')
  else await service.signal('SIGKILL')

  // Whatever becomes of it is not decided yet.
  refused(await post(), 409, 'request_in_progress')
  await holder.query('rollback')
  holder.release()
  const stored = async () =>
    (await world.pool.query('select from idempotency_keys where key = $1', [header['idempotency-key']]))
      .rowCount
  if (killWhen === 'committed') {
    await eventually(async () => assert.equal(await stored(), 1))
    await service.signal('SIGKILL')
  }
  await cut
  const before = await stored()

  let answer: Answer | undefined
  await eventually(async () => assert.notEqual((answer = await post()).status, 409), 10_000)
  return {
    before,
    answer: answer!,
    async hasOneEffect() {
      assert.equal(answer?.status, 201)
      const again = [await post(), await post()]
      for (const { status, body, headers } of again) {
        assert.deepEqual([status, body], [201, answer?.body])
        assert.equal(headers.get('idempotency-replayed'), 'true')
        assert.equal(headers.get('etag'), answer?.headers.get('etag'))
      }
      assert.deepEqual((await editor.get(`projects/${project.id}/tasks`)).body.items.length, 1)
      assert.deepEqual((await editor.get(`tasks/${answer?.body.id}`)).body, answer?.body)
      const { body } = await editor.get(`projects/${project.id}/history`)
      const created = body.items.filter(({ kind }: { kind: string }) => kind === 'task.created')
      assert.deepEqual(
        created.map(({ operation_id }: { operation_id: string }) => operation_id),
        [answer?.headers.get('operation-id')],
      )
    },
  }
}

it('killed before its commit, it has left nothing, and the retry does it', async () => {
  const { answer, hasOneEffect } = await killed(
    (project) => `select from task_numbers where project_id = '${project}' for update`,
    'waiting',
  )
  assert.equal(answer.headers.get('idempotency-replayed'), null)
  await hasOneEffect()
})

it('killed after its commit and before its answer, the retry is told what it did', async () => {
  await holdCommits()
  const { before, answer, hasOneEffect } = await killed(() => 'lock table gate', 'committed')
  assert.equal(before, 1)
  assert.equal(answer.headers.get('idempotency-replayed'), 'true')
  await hasOneEffect()
})

it('killed while its commit is under way, it has one effect however that ends', async () => {
  await holdCommits()
  const { hasOneEffect } = await killed(() => 'lock table gate', 'waiting')
  await hasOneEffect()
})

/** From now on a commit with a key stops at its very end for whoever holds the gate. */
const holdCommits = () =>
  world.pool.query(`
    create table if not exists gate ();
    create or replace function pass_gate() returns trigger language plpgsql as $$ begin perform from gate; return null; end $$;
    drop trigger if exists passes_gate on idempotency_keys;
    create constraint trigger passes_gate after insert on idempotency_keys
      deferrable initially deferred for each row execute function pass_gate()`)
