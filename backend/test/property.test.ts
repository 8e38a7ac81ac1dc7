// Requests made from the OpenAPI document, to every operation. Valid ones are accepted, or refused for the state of
// things; invalid ones are refused; nothing makes a 5xx, and nothing that is refused leaves a trace.
// SEED=… repeats a run, RUNS=… makes more of it.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { arbitraries, type Schema } from './arbitraries.ts'
import { kindsInSnapshots } from '../src/nouns.ts'
import { PASSWORD, start, type Answer } from './harness.ts'
import { createFixture, type Fixture } from './fixture.ts'

const seed = Number(process.env['SEED'] ?? 20_261_122)
const numRuns = Number(process.env['RUNS'] ?? 8)
console.log(`SEED=${seed} RUNS=${numRuns}`)

interface Parameter {
  name: string
  in: 'path' | 'query'
  schema: Schema
}
interface Operation {
  method: string
  path: string
  operationId: string
  parameters: Parameter[]
  body: Schema | undefined
}
interface Request {
  path: Record<string, unknown>
  query: Record<string, unknown>
  body?: unknown
}

const world = await start()
const document = world.servers[0]!.app.swagger() as any
const schemas = arbitraries(document)
/** A stream has no end, and files are no JSON; they have tests of their own. */
const SKIPPED = new Set(['streamEvents', 'uploadFile', 'uploadCommentFile', 'downloadFile'])

const operations: Operation[] = Object.entries<Record<string, any>>(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      operationId,
      parameters: parameters.filter((parameter: object) => 'name' in parameter),
      body: requestBody?.content['application/json']?.schema,
    })),
  )
  .filter(({ operationId }) => !SKIPPED.has(operationId))

/** Refused as invalid although the schema allows it: what a schema cannot say. */
const UNSAID: Record<string, string> = {
  register: 'the password’s strength; either email or invite_token',
  createUser: 'the password’s strength',
  resetPassword: 'whether the link is good; the password’s strength',
  verifyEmail: 'whether the link is good',
  createBotToken: 'what createToken does not say',
  createToken: 'when it ends; what it is for together with projects; the projects',
  changePassword: 'the password’s strength; the current one',
  updateMe: 'the current password',
  deleteMe: 'the current password',
  addMember: 'either user_id or email',
  logTime: 'the end, which comes after the beginning',
  updateTimeEntry: 'the end, which comes after the beginning',
  sumTime: 'a period of a year at most',
  createField: 'options where there is something to choose',
  updateField: 'options where there is something to choose',
  createStatus: 'a key that is the name of another category',
  redeliver: 'either delivery_id or a range',
  changeTasks: 'one of create, update and delete in each operation',
  createWebhook: 'addresses inside the network',
  updateWebhook: 'addresses inside the network',
}
/** Of these any text is well formed; whether it is a good one is another question, with tests of its own. */
const OPAQUE = ['cursor', 'after', 'ticket']

/** For requests that change nothing. */
let unchanged: Fixture
let digest = ''
/** Tells two states of the database apart: whoever writes a row leaves a new xmin in it. */
const contents = async () => (await world.pool.query({ name: 'contents', text: digest })).rows

before(async () => {
  unchanged = await createFixture(world)
  const { rows } = await world.pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all ($1)`,
    [['trail', 'events', 'pending_events', 'throttles', 'audit_entries']],
  )
  // Events are counted, since numbering moves them.
  digest = [
    ...rows.map(({ name }) => `select '${name}' as table, count(*), sum(xmin::text::bigint) from ${name}`),
    `select 'events', (select count(*) from events) + (select count(*) from pending_events), 0`,
  ].join(' union all ')
})

const idsOf = (fixture: Fixture): Record<string, string[]> => ({
  projects: [fixture.project, fixture.trashedProject, fixture.othersProject],
  tasks: [fixture.task, fixture.trashedTask, fixture.othersTask],
  users: [fixture.member, fixture.viewer.id],
  sessions: [fixture.ownersOtherSession],
  tokens: [fixture.apiToken, fixture.botToken],
  bots: [fixture.bot],
  trash: [fixture.trashedTask, fixture.trashedProject],
  operations: [fixture.operation],
  webhooks: [fixture.webhook],
  labels: [fixture.label, fixture.trashedLabel],
  views: [fixture.view, fixture.trashedView],
  fields: ['cost', 'site'],
  statuses: ['todo', 'done', 'cancelled'],
  comments: [fixture.comment, fixture.trashedComment],
  links: [fixture.link],
  files: [fixture.file, fixture.trashedFile],
  time: [fixture.timeEntry, fixture.trashedTimeEntry],
  assignees: [fixture.viewer.id, fixture.outsider.id],
  members: [fixture.viewer.id, fixture.owner.id, fixture.member, fixture.outsider.id],
})

/** Where values that mean something come from: by the name of a field, or the part of the path before it. */
const knownIn = (ids: Record<string, string[]>) => (name: string) => {
  if (name === 'current_password') return fc.constant(PASSWORD)
  const kind = { project_id: 'projects', project_ids: 'projects', user_id: 'members', assignee_ids: 'members', delivery_id: 'trash', assignee: 'members', label_ids: 'labels', label: 'labels', status: 'statuses', move_to: 'statuses', parent_id: 'tasks', linked_task_id: 'tasks', parent: 'tasks', after: 'tasks', before: 'tasks' }[name]
  return kind === undefined ? undefined : fc.constantFrom(...ids[kind]!)
} // prettier-ignore

const pathOf = (operation: Operation, ids: Record<string, string[]>): Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name, schema }) => {
          const [, kind = ''] = new RegExp(`/([^/]+)/\\{${name}\\}`).exec(operation.path) ?? []
          const known = fc.constantFrom(...ids[kind]!)
          return [name, fc.oneof({ arbitrary: known, weight: 6 }, schemas.valid(schema, known))]
        }),
    ),
  )

const queryOf = (
  { parameters }: Operation,
  ids: Record<string, string[]>,
): Arbitrary<Record<string, unknown>> => {
  const known = knownIn(ids)
  // A cursor cannot be made up, to wait takes long, and a version from the future is refused.
  const fixed: Record<string, Arbitrary<unknown> | undefined> = {
    wait: fc.constant(0),
    base_version: fc.constant(1),
  }
  return fc.record(
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === 'query' && !OPAQUE.includes(parameter.name))
        .map(({ name, schema }) => [name, fixed[name] ?? schemas.valid(schema, known(name))]),
    ),
    { requiredKeys: [] },
  )
}

const validRequest = (operation: Operation, ids: Record<string, string[]>): Arbitrary<Request> =>
  fc.record({
    path: pathOf(operation, ids),
    query: queryOf(operation, ids),
    ...(operation.body && { body: schemas.validObject(operation.body, knownIn(ids)) }),
  })

/** What the text of a parameter means, as far as the document says. */
const read = ({ type }: Schema, text: string): unknown =>
  type === 'integer' && /^-?\d+$/.test(text)
    ? Number(text)
    : type === 'boolean' && /^(true|false)$/.test(text)
      ? text === 'true'
      : type === 'array'
        ? text.split(',')
        : text

/** Valid but for one thing. */
function invalidRequest(operation: Operation, ids: Record<string, string[]>): Arbitrary<Request> {
  const good = validRequest(operation, ids)
  const junk = fc.oneof(fc.string({ maxLength: 60, unit: 'binary' }), fc.constantFrom('0', '-1', '1e1', '201', '1.0', 'NaN', 'null', '', ' ', 'infinity', '2026-02-30', '\0')).filter((text) => text.isWellFormed()) // prettier-ignore
  const strict = operation.parameters.filter(({ name }) => !OPAQUE.includes(name))
  const wrongParameter = strict.map((parameter) =>
    fc
      .tuple(good, junk)
      // An empty or dotted part would make another path of it, as would `me` for the id of a user.
      .filter(
        ([, text]) =>
          !schemas.validate(parameter.schema, read(parameter.schema, text)) &&
          (parameter.in === 'query' || !/^(\.{0,2}|me)$/.test(text)),
      )
      .map(([request, text]) => ({
        ...request,
        [parameter.in]: { ...request[parameter.in], [parameter.name]: text },
      })),
  )
  const names = new Set(operation.parameters.map(({ name }) => name))
  const unknownParameter = fc
    .tuple(good, fc.string({ minLength: 1, maxLength: 20 }))
    .filter(([, name]) => !names.has(name))
    .map(([request, name]) => ({ ...request, query: { ...request.query, [name]: '1' } }))
  const wrongBody = operation.body
    ? fc.tuple(good, schemas.invalidObject(operation.body, knownIn(ids))).map(([request, body]) => ({ ...request, body }))
    : fc.tuple(good, fc.jsonValue()).filter(() => operation.method !== 'GET').map(([request, body]) => ({ ...request, body: JSON.stringify(body) })) // prettier-ignore
  return fc.oneof(
    unknownParameter,
    ...wrongParameter,
    ...(operation.method === 'GET' || (operation.method === 'DELETE' && !operation.body) ? [] : [wrongBody]),
  )
}

/** The path with these parameters in it. */
const filled = (path: string, parameters: Record<string, unknown>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])))

/** Cursors of the feed in the middle of a snapshot, whole, and with each of their members missing or wrong. */
function feedCursors(viewer: string, { project, task }: Fixture): string[] {
  const after = { project, id: task, at: '2026-01-01T00:00:00Z' }
  const whole = kindsInSnapshots().map((kind) => ({ viewer, seq: 0, mark: '', telling: { parts: [kind], project, parent: task, user: viewer, after } })) // prettier-ignore
  const spoilt = (value: object): object[] =>
    Object.keys(value).flatMap((key) =>
      [undefined, null, '', 'x', -1, 1e300, [], {}, 'infinity'].map((wrong) => ({ ...value, [key]: wrong })),
    )
  const cursors = whole.flatMap((cursor) => [
    cursor,
    ...spoilt(cursor),
    ...spoilt(cursor.telling).map((telling) => ({ ...cursor, telling })),
    ...spoilt(after).map((each) => ({ ...cursor, telling: { ...cursor.telling, after: each } })),
  ])
  return cursors.map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url'))
}

/** Makes the function that sends a request as an administrator, whom nothing but the state of things refuses. */
async function sender({ method, path }: Operation): Promise<(request: Request) => Promise<Answer>> {
  const endsItself = path.includes('/auth/') || path.endsWith('/me')
  let admin = await world.user({ role: 'admin' })
  let known = await contents()
  return async (request) => {
    const address = filled(path, request.path)
    const query = Object.entries(request.query).map((pair) =>
      pair.map((text) => encodeURIComponent(String(text))).join('='),
    )
    const url = query.length > 0 ? `${address}?${query.join('&')}` : address
    const answer = await (method === 'GET'
      ? admin.get(url)
      : method === 'DELETE'
        ? admin.delete(url, {}, request.body)
        : admin[method.toLowerCase() as 'post'](url, request.body))
    const now = await contents()
    if (answer.status >= 400 || method === 'GET')
      assert.deepEqual(now, known, `${answer.status} and yet something changed`)
    else if (endsItself) admin = await world.user({ role: 'admin' })
    known = endsItself && answer.status < 400 ? await contents() : now
    return answer
  }
}

describe('every operation', () => {
  const succeeded = new Set<string>()

  for (const operation of operations) {
    const { operationId, method, path } = operation

    it(`${operationId} refuses what ${method} ${path} does not allow`, async () => {
      const ids = idsOf(unchanged)
      const send = await sender(operation)
      await fc.assert(
        fc.asyncProperty(invalidRequest(operation, ids), async (request) => {
          const { status, body } = await send(request)
          assert([400, 404, 413, 414].includes(status), `${status} ${JSON.stringify(body)}`)
          if (status === 404) assert(Object.values(request.path).some((value) => String(value).length > 90))
        }),
        { seed, numRuns, endOnFailure: true, includeErrorInReport: true },
      )
    })

    it(`${operationId} accepts what it allows, or says what is in the way`, async () => {
      const ids = idsOf(method === 'GET' ? unchanged : await createFixture(world))
      const send = await sender(operation)
      await fc.assert(
        fc.asyncProperty(validRequest(operation, ids), async (request) => {
          const { status, body } = await send(request)
          if (status < 300) succeeded.add(operationId)
          else if (status === 400) assert(UNSAID[operationId], JSON.stringify(body))
          else
            assert([401, 403, 404, 409, 410, 412, 422].includes(status), `${status} ${JSON.stringify(body)}`)
        }),
        { seed, numRuns, endOnFailure: true, includeErrorInReport: true },
      )
    })
  }

  it('takes an empty object for a body, or says what is lacking', async () => {
    for (const operation of operations.filter(({ method }) => /^(POST|PUT|PATCH)$/.test(method))) {
      const ids = idsOf(await createFixture(world))
      const [path] = fc.sample(pathOf(operation, ids), { seed, numRuns: 1 })
      const send = await sender(operation)
      const { status, body } = await send({ path: path!, query: {}, body: {} })
      assert(status < 500, `${operation.operationId}: ${status} ${JSON.stringify(body)}`)
    }
  })

  it('takes a parameter once, or each of a list', async () => {
    const ids = idsOf(await createFixture(world))
    for (const operation of operations) {
      const admin = await world.user({ role: 'admin' })
      const [request] = fc.sample(pathOf(operation, ids), { seed, numRuns: 1 })
      const path = filled(operation.path, request!)
      for (const { name, schema } of operation.parameters.filter((parameter) => parameter.in === 'query')) {
        const [value] = fc.sample(schemas.valid(schema, knownIn(ids)(name)), { seed, numRuns: 1 })
        const pair = `${name}=${encodeURIComponent(String(value))}`
        const send = admin[operation.method.toLowerCase() as 'get']
        const answer = await send(`${path}?${pair}&${pair}`)
        const message = `${operation.operationId} ${name}: ${answer.status} ${JSON.stringify(answer.body)}`
        if (schema.type === 'array') assert(answer.status < 500, message)
        else assert.equal(answer.status, 400, message)
      }
    }
  })

  it('goes on after a cursor, or says that it is none', async () => {
    const fixture = await createFixture(world)
    const ids = idsOf(fixture)
    const admin = await world.user({ role: 'admin' })
    const made = [
      (await admin.get('tasks?limit=1')).body.next_cursor,
      (await admin.get('users?limit=1')).body.next_cursor,
      (await admin.get('changes?limit=1')).body.next,
    ] as string[]
    const tampered = made.flatMap((text) => [text, text.slice(0, -3), `${text}AAAA`, text.slice(4)])
    const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'))
    for (const operation of lists) {
      const path = filled(operation.path, fc.sample(pathOf(operation, ids), { seed, numRuns: 1 })[0]!)
      for (const text of [...tampered, 'AAAA', '%00', 'null', 'W10']) {
        const { status, body } = await admin.get(`${path}?cursor=${text}`)
        const one = status === 200 && made.includes(text)
        assert(
          one || [400, 404].includes(status),
          `${operation.operationId}: ${status} ${JSON.stringify(body)}`,
        )
      }
    }
    const answers = new Set<number>()
    for (const text of [...tampered, ...feedCursors(admin.id, fixture)]) {
      const { status, body } = await admin.get(`changes?limit=2&after=${text}`)
      assert(
        [200, 400, 410].includes(status),
        `${Buffer.from(text, 'base64url').toString()}: ${JSON.stringify(body)}`,
      )
      answers.add(status)
    }
    assert(answers.has(200) && answers.has(400))
  })

  it('succeeded, but for a few that need what hardly comes up by chance', () => {
    const all = operations.map(({ operationId }) => operationId)
    const never = all.filter((operationId) => !succeeded.has(operationId))
    assert(never.length < all.length / 3, `never succeeded: ${never.join(', ')}`)
  })
})
