// Bad input gets a problem that names the field, and nothing is stored.
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { refused, start, type Actor, type Answer } from './harness.ts'

const world = await start()
const { owner, editor, viewer, outsider, admin, anonymous, project } = await world.team({ key: 'OPS' })
const tasks = `projects/${project.id}/tasks`
const { body: task } = await editor.post(tasks, { title: 'The only one' })
const UNKNOWN = '019aab5e-6c00-7000-8000-0000000000ff'

/** Refused, pointing at the field. */
async function rejects(asked: Promise<Answer>, pointer: string | undefined, status = 400, code = 'invalid') {
  const answer = await asked
  refused(answer, status, code)
  if (pointer !== undefined)
    assert.equal(answer.body.errors?.[0]?.pointer, pointer, JSON.stringify(answer.body))
}

// Neither the task nor how many there are has changed.
afterEach(async () => {
  const { body: page } = await editor.get(`${tasks}?total=true`)
  assert.equal(page.total, 1)
  assert.deepEqual(page.items[0], task)
})

describe('a body', () => {
  it('is JSON that every parser reads alike', async () => {
    const texts = [
      '',
      '{',
      '{"title":"x"',
      "{'title':'x'}",
      '{"title":"x",}',
      '{"title":"x"}{"title":"y"}',
      '{"title":"x"} // comment',
      '{"title":NaN}',
      '{"title":"a\nb"}',
      '{"title":"x","title":"y"}',
      '{"title":"x","ti\\u0074le":"y"}',
      '{"__proto__":{"title":"x"},"title":"x"}',
      '{"title":"x","description":{"__proto__":null}}',
      '{"title":"x\\u0000"}',
      '{"title":"\\ud800"}',
      '{"title":"\\udc00\\ud800"}',
      `{"title":"x","assignee_ids":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      '['.repeat(10_000),
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    ]
    for (const text of texts) {
      const answer = editor.post(tasks, text)
      await (text === '' ? rejects(answer, '') : rejects(answer, undefined, 400, 'malformed_json'))
    }
    assert.equal(({} as { title?: string }).title, undefined, 'no prototype was changed')
  })

  it('is UTF-8', async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
      const answer = await fetch(`${world.origins[0]}/api/v1/${tasks}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${editor.token}`, 'content-type': 'application/json' },
        body: Buffer.concat([Buffer.from('{"title":"'), Buffer.from(bytes), Buffer.from('"}')]),
      })
      assert.equal(answer.status, 400)
      assert.equal(((await answer.json()) as { code: string }).code, 'malformed_json')
    }
  })

  it('is an object', async () => {
    for (const text of ['null', '[]', '"x"', '1', 'true', '[{"title":"x"}]'])
      await rejects(editor.post(tasks, text), '')
  })

  it('stands only where one belongs, unless it says nothing', async () => {
    for (const text of ['{"title":"x"}', '[]', 'null', '"x"', '[{}]'])
      await rejects(editor.post(`tasks/${task.id}/restore`, text), undefined)
    await rejects(editor.post(`tasks/${task.id}/restore`, '{'), undefined, 400, 'malformed_json')
    for (const body of ['', '{}', ' { } '])
      for (const type of [undefined, 'application/json', 'text/plain', 'application/octet-stream']) {
        const actor = await world.user()
        const answer = await fetch(`${world.origins[0]}/api/v1/auth/logout`, {
          method: 'POST',
          headers: { authorization: `Bearer ${actor.token}`, ...(type && { 'content-type': type }) },
          body: new Blob([body]),
        })
        assert.equal(answer.status, 204, `${body} as ${type}`)
      }
    const { body: trashed } = await editor.post(tasks, { title: 'x' })
    await editor.delete(`tasks/${trashed.id}`)
    const key = { 'idempotency-key': 'the-same' }
    assert.equal((await editor.post(`tasks/${trashed.id}/restore`, {}, key)).status, 200)
    const replayed = await editor.post(`tasks/${trashed.id}/restore`, undefined, key)
    assert.equal(replayed.headers.get('idempotency-replayed'), 'true')
    await editor.delete(`tasks/${trashed.id}`)
    for (const [method, path] of [
      ['DELETE', `tasks/${task.id}`],
      ['DELETE', 'users/me'],
    ] as const) {
      const answer = await fetch(`${world.origins[0]}/api/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${editor.token}`, 'content-type': 'application/json' },
        body: '{}',
      })
      assert.equal(answer.status, 400, path)
    }
    await rejects(
      editor.get(tasks, {}).then(() => editor.patch(`tasks/${task.id}`)),
      '',
    )
  })

  it('may be megabytes of nothing special, or of escapes, without stopping the server', async () => {
    for (const title of [
      'x'.repeat(1_000_000),
      '\\'.repeat(400_000),
      '"'.repeat(400_000),
      'é'.repeat(400_000),
    ])
      await rejects(editor.post(tasks, { title }), '/title')
    await rejects(editor.post(tasks, `{"title":${' '.repeat(1_000_000)}}`), undefined, 400, 'malformed_json')
    await rejects(
      editor.post(tasks, { title: 'x', assignee_ids: Array(20_000).fill(UNKNOWN) }),
      '/assignee_ids',
    )
    const keys = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, i]))
    const began = performance.now()
    refused(await editor.post(tasks, { title: 'x', ...keys }), 400, 'invalid')
    assert(performance.now() - began < 1_000)
  })

  it('is read without keeping others waiting, however many things are in it', async () => {
    const filled = (item: string) =>
      `[${Array(Math.floor(1_000_000 / (item.length + 1)))
        .fill(item)
        .join()}]`
    for (const item of ['{}', '[]', '1', '""', '{"a":1}', '[[[]]]']) {
      const began = performance.eventLoopUtilization()
      await rejects(editor.post(tasks, filled(item)), undefined, 413, 'body_too_large')
      assert(performance.eventLoopUtilization(began).active < 150, item)
    }
    // What stands in a text is no structure.
    const { status, body } = await editor.post(tasks, { title: 'x', description: '[{\\",'.repeat(15_000) })
    assert.equal(status, 201)
    await editor.delete(`tasks/${body.id}`)
  })

  it('has little room where nobody is logged in, and elsewhere as much as can be used', async () => {
    const name = 'x'.repeat(17_000)
    for (const path of ['auth/login', 'auth/register', 'auth/refresh'])
      refused(await anonymous.post(path, { name }), 413, 'body_too_large')
    for (const path of ['auth/logout', `tasks/${task.id}/restore`])
      refused(await editor.post(path, { name }), 413, 'body_too_large')
    refused(await editor.patch('users/me', { name }), 413, 'body_too_large')
    await rejects(owner.post('projects', { name: 'x', description: name.repeat(2) }), '/description')
    await rejects(owner.post('projects', { name }), '/name')
  })

  it('is quoted in an error only as far as it helps', async () => {
    const long = 'k'.repeat(400_000)
    for (const sent of [`{"${long}":1,"${long}":2}`, `{"title":"x","${long}":1}`]) {
      const { status, body } = await editor.post(tasks, sent)
      assert.equal(status, 400)
      assert(JSON.stringify(body).length < 15_000)
      assert.match(body.detail, /…$/)
    }
  })
})

describe('a field', () => {
  const wrong: [field: string, values: unknown[]][] = [
    ['title', [null, 1, true, {}, [], '', ' ', '\t\n', 'x'.repeat(501)]],
    ['description', [null, 1, 'x'.repeat(100_001)]],
    ['status', [null, '', 'Todo', 'todo,done', 'to-do', 0, ['todo'], 'x'.repeat(31)]],
    ['priority', [null, 'highest', 1]],
    ['assignee_ids', [null, 'me', UNKNOWN, ['me'], [null], [UNKNOWN, UNKNOWN], [UNKNOWN, UNKNOWN.toUpperCase()], Array(51).fill(UNKNOWN)]],
    [
      'start_on',
      ['', 'today', '2026-02-30', '2026-13-01', '2026-00-10', '2026-1-1', '0000-01-01', '1899-12-31', '12026-01-01', '-2026-01-01',
        'infinity', '-infinity', 'epoch', 'now', '2026-11-30T00:00:00Z', '2026-11-30 ', '２０２６-11-30', 20_261_130, true],
    ],
    [
      'due_at',
      ['infinity', '2026-11-30', '2026-11-30T24:00:00Z', '2026-11-30T23:60:00Z', '2026-12-31T23:59:60Z', '2026-02-29T00:00:00Z',
        '2026-11-30T10:00:00', '2026-11-30 10:00:00Z', '2026-11-30T10:00:00+25:00', '2026-11-30T10:00Z', '10000-01-01T00:00:00Z',
        '9999-12-31T23:59:59.9999Z', 0],
    ],
    ['position', [null, '1', true, 1e16, -1e16]],
  ] // prettier-ignore

  it('of a wrong kind, size or spelling is refused by name, on creating and on changing', async () => {
    for (const [field, values] of wrong) {
      for (const value of values) {
        const at =
          typeof value === 'object' && Array.isArray(value) && value.length === 1
            ? `/${field}/0`
            : `/${field}`
        const pointer = field === 'status' && Array.isArray(value) ? '/status' : at
        await rejects(editor.post(tasks, { title: 'x', [field]: value }), pointer)
        await rejects(editor.patch(`tasks/${task.id}`, { [field]: value }), pointer)
      }
    }
  })

  it('holds no number that PostgreSQL or JavaScript cannot', async () => {
    for (const number of ['1e400', '-1e400', '9223372036854775808', '1e309'])
      await rejects(editor.post(tasks, `{"title":"x","position":${number}}`), '/position')
    for (const number of [
      '1e400',
      '9223372036854775808',
      '2147483648',
      '0',
      '-1',
      '1.5',
      '1e3',
      '',
      'NaN',
      '0x1',
      '01',
      '+1',
      ' 1',
    ])
      await rejects(
        editor.patch(`tasks/${task.id}?base_version=${encodeURIComponent(number)}`, { title: 'y' }),
        '/query/base_version',
      )
  })

  it('may hold any other text', async () => {
    for (const title of [
      '😀',
      '\u200fשלום',
      "'; drop table tasks; --",
      '<script>',
      '${x}',
      '%00',
      '\\u0000',
      '=1+1',
      '\uffff',
    ]) {
      const { body } = await editor.post(tasks, { title })
      assert.equal((await editor.get(`tasks/${body.id}`)).body.title, title)
      assert.equal((await editor.delete(`tasks/${body.id}`)).status, 204)
    }
  })

  it('that is unknown, or not the client’s to set, is refused by name in every body', async () => {
    const serverOwned = [
      'id',
      'number',
      'ref',
      'version',
      'created_by',
      'created_at',
      'updated_at',
      'deleted_at',
      'completed_at',
      'colour',
      'Title',
      'constructor',
      'toString',
    ]
    const users = ['id', 'role', 'version', 'created_at', 'disabled_at', 'is_admin', 'email_verified']
    const bodies: [send: (more: object) => Promise<Answer>, fields: string[]][] = [
      [(more) => editor.post(tasks, { title: 'x', ...more }), [...serverOwned, 'project_id']],
      [(more) => editor.patch(`tasks/${task.id}`, more), serverOwned],
      [(more) => owner.post('projects', { name: 'x', ...more }), ['id', 'created_by', 'my_role', 'version', 'archived_at', 'task_counts', 'owner_id']],
      [(more) => owner.patch(`projects/${project.id}`, more), ['id', 'created_by', 'my_role', 'version', 'archived_at', 'task_counts']],
      [(more) => owner.post(`projects/${project.id}/members`, { user_id: outsider.id, ...more }), ['id', 'project_id', 'name', 'version']],
      [(more) => owner.put(`projects/${project.id}/members/${viewer.id}`, { role: 'viewer', ...more }), ['user_id', 'project_id', 'version']],
      [(more) => anonymous.post('auth/register', { email: 'new@example.com', password: 'a long enough one', name: 'x', ...more }), users],
      [(more) => editor.patch('users/me', more), [...users, 'disabled', 'password']],
      [(more) => admin.patch(`users/${outsider.id}`, more), users.filter((field) => field !== 'role')],
      [(more) => admin.post('users', { email: 'new@example.com', name: 'x', ...more }), users.filter((field) => field !== 'role')],
      [(more) => anonymous.post('auth/login', { email: 'x@example.com', password: 'x', ...more }), ['role', 'sub']],
    ] // prettier-ignore
    for (const [send, fields] of bodies)
      for (const field of fields) await rejects(send({ [field]: null }), `/${field}`)
    assert.equal((await admin.get('users?q=new@example.com')).body.items.length, 0)
    assert.equal((await outsider.get('projects')).body.items.length, 0)
  })
})

describe('an address', () => {
  it('has whole numbers and truth values in one spelling, and each parameter once', async () => {
    for (const limit of [
      '0',
      '201',
      '-1',
      '1e1',
      '1.0',
      '',
      ' 1',
      '+1',
      '0x10',
      '٣',
      'ten',
      '9223372036854775808',
      'null',
    ])
      await rejects(editor.get(`${tasks}?limit=${encodeURIComponent(limit)}`), '/query/limit')
    for (const total of ['1', 'yes', 'TRUE', '', 'null'])
      await rejects(editor.get(`${tasks}?total=${total}`), '/query/total')
    for (const [repeated, pointer] of [
      ['limit=1&limit=2', '/query/limit'],
      ['sort=due&sort=-due', '/query/sort'],
      ['limit=1&li%6dit=1', '/query/limit'],
      ['limit[]=1', '/query/limit[]'],
      ['limit[gt]=1', '/query/limit[gt]'],
    ])
      await rejects(editor.get(`${tasks}?${repeated}`), pointer)
  })

  it('has no parameter that is unknown there', async () => {
    const everywhere: [Actor, string][] = [
      [editor, 'tasks'],
      [editor, tasks],
      [editor, `tasks/${task.id}`],
      [editor, 'projects'],
      [editor, `projects/${project.id}`],
      [editor, `projects/${project.id}/members`],
      [editor, 'users/me'],
      [editor, 'auth/sessions'],
      [editor, 'auth/validate'],
      [admin, 'users'],
      [admin, `users/${editor.id}`],
      [admin, 'audit'],
      [editor, 'trash'],
      [editor, '/livez'],
      [editor, '/health'],
    ]
    for (const [actor, path] of everywhere)
      for (const name of ['nonsense', 'access_token', 'constructor', '__proto__', 'offset', 'Limit'])
        await rejects(actor.get(`${path}?${name}=1`), `/query/${name}`)
    await rejects(editor.post(`${tasks}?dry_run=true`, { title: 'x' }), '/query/dry_run')
    await rejects(editor.delete(`tasks/${task.id}?force=true`), '/query/force')
  })

  it('is text as PostgreSQL can hold it', async () => {
    for (const query of ['q=%00', 'q=a%00b', 'q=', `q=${'x'.repeat(201)}`])
      await rejects(editor.get(`${tasks}?${query}`), '/query/q')
    for (const query of ['q=%ff', 'q=%ed%a0%80', 'q=%', 'q=%zz', 'q=%c0%80', 'cursor=%'])
      await rejects(editor.get(`${tasks}?${query}`), undefined)
    for (const id of [
      '%00',
      '%ff',
      '%ed%a0%80',
      '%zz',
      '%',
      'x',
      '1',
      'OPS-0',
      'OPS-01',
      'OPS-9999999999',
      `${UNKNOWN}%00`,
      '..%2f..%2fetc',
    ])
      refused(await editor.get(`tasks/${id}`), 400, 'invalid')
    for (const id of ['%00', 'x', 'O', 'ABCDEFGHIJK', 'OPS-1', '%E2%80%AEOPS'])
      refused(await editor.get(`projects/${id}`), 400, 'invalid')
    for (const id of ['OPS-2147483647', 'OPS-999999999', 'NONE-1', UNKNOWN])
      assert.match(String((await editor.get(`tasks/${id}`)).status), /^40[04]$/)
  })

  it('knows only the words and dates it lists', async () => {
    for (const [name, values] of Object.entries({
      status: ['', 'to-do', 'todo,', ',todo', 'todo;done', 'todo, done', 'TODO'],
      priority: ['0', 'none,none,'],
      assignee: ['', 'you', 'ME', 'null', `${UNKNOWN},${UNKNOWN}`],
      due_before: ['', 'tomorrow', '2026-02-30', 'infinity', '2026-11-30T10:00:00', '0000-00-00'],
      due_after: ['now', '-infinity'],
      updated_since: ['2026-11-30', 'infinity', '2026-11-30T10:00:00+24:00'],
      sort: [
        '',
        'title',
        'password_hash',
        '+created',
        '--created',
        'created,due',
        'created desc',
        'tasks.id',
      ],
    }))
      for (const value of values)
        await rejects(editor.get(`${tasks}?${name}=${encodeURIComponent(value)}`), `/query/${name}`)
  })
})

describe('an id of something else', () => {
  it('is refused in a body like one in a path', async () => {
    const { body: theirs } = await outsider.post('projects', { name: 'Theirs' })
    await rejects(
      editor.patch(`tasks/${task.id}`, { project_id: theirs.id }),
      '/project_id',
      422,
      'no_such_project',
    )
    await rejects(
      editor.patch(`tasks/${task.id}`, { project_id: UNKNOWN }),
      '/project_id',
      422,
      'no_such_project',
    )
    await rejects(
      editor.patch(`tasks/${task.id}`, { assignee_ids: [outsider.id] }),
      '/assignee_ids',
      422,
      'not_a_member',
    )
    await rejects(
      editor.post(tasks, { title: 'x', assignee_ids: [viewer.id, UNKNOWN] }),
      '/assignee_ids',
      422,
      'not_a_member',
    )
    await rejects(outsider.post(tasks, { title: 'x' }), undefined, 404, 'not_found')
    await rejects(
      owner.post(`projects/${project.id}/members`, { user_id: UNKNOWN }),
      '/user_id',
      422,
      'no_such_user',
    )
    await rejects(
      owner.put(`projects/${theirs.id}/members/${viewer.id}`, { role: 'owner' }),
      undefined,
      404,
      'not_found',
    )
    await rejects(owner.delete(`projects/${project.id}/members/${outsider.id}`), undefined, 404, 'not_found')
  })
})
