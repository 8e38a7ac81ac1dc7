import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { refused, start, type Client } from '../../test/harness.ts'
import { fold } from './highlight.ts'

const world = await start()

interface Piece {
  text: string
  match: boolean
}
const plain = (pieces: Piece[]) => pieces.map(({ text }) => text).join('')
const marked = (pieces: Piece[]) => pieces.map(({ text, match }) => (match ? `[${text}]` : text)).join('')

async function find(who: Client, q: string, more = ''): Promise<any[]> {
  const { status, body } = await who.get(`search?q=${encodeURIComponent(q)}${more}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.items
}
const titles = async (who: Client, q: string, more = '') =>
  (await find(who, q, more)).map((hit) => plain(hit.title))

/** A team with these tasks, the oldest first. */
async function team(tasks: Record<string, string>) {
  const { owner, editor, viewer, outsider, admin, project } = await world.team()
  const ids: Record<string, string> = {}
  for (const [title, description] of Object.entries(tasks)) {
    const { status, body } = await editor.post(`projects/${project.id}/tasks`, { title, description })
    assert.equal(status, 201, JSON.stringify(body))
    ids[title] = body.id
  }
  return { owner, editor, viewer, outsider, admin, project, ids }
}

describe('GET /search', () => {
  it('finds in the next read what was written, on the other server, and no longer what is gone', async () => {
    const { editor, viewer, project } = await team({})
    for (let i = 0; i < 10; i++) {
      const { body } = await editor.post(`projects/${project.id}/tasks`, { title: `Kettle ${i}` })
      assert.deepEqual(await titles(viewer, `kettle ${i}`), [`Kettle ${i}`])
      await editor.patch(`tasks/${body.id}`, { title: 'Pot', description: `walnut ${i}` })
      assert.deepEqual(await titles(viewer, `kettle ${i}`), [])
      assert.deepEqual(await titles(viewer, `walnut ${i}`), ['Pot'])
      const { headers } = await editor.delete(`tasks/${body.id}`)
      assert.deepEqual(await titles(viewer, `walnut ${i}`), [])
      await (i % 2
        ? editor.post(`tasks/${body.id}/restore`)
        : editor.post(`operations/${headers.get('operation-id')}/undo`))
      assert.deepEqual(await titles(viewer, `walnut ${i}`), ['Pot'])
    }
  })

  it('takes all words, in any order, and beginnings of words', async () => {
    const { viewer } = await team({
      'Renew the certificate': 'It expires in November.',
      'Review the contract': 'The certificate is attached.',
      'Write a report': '',
    })
    const both = ['Renew the certificate', 'Review the contract']
    assert.deepEqual(await titles(viewer, 'certificate'), both)
    assert.deepEqual(await titles(viewer, 'CERTIF'), both)
    assert.deepEqual(await titles(viewer, 'cert ren'), ['Renew the certificate'])
    assert.deepEqual(await titles(viewer, 'november renew'), ['Renew the certificate'])
    assert.deepEqual(await titles(viewer, 'w'), ['Write a report'])
    for (const q of ['ertificate', 'renew report', 'certificates', '!!!', "'&|!:*<->()", '\\', "a' | 'b"])
      assert.deepEqual(await titles(viewer, q), [], q)
  })

  it('ranks whole words in the title, beginnings there, whole words in the text, the rest; newest first in each', async () => {
    const { viewer } = await team({
      'In the text': 'a pumpkin',
      'Whole in the text': 'a pump',
      'Two pumps': '',
      'A pump': '',
      'Another pump': '',
      'Pump and': 'pump',
    })
    assert.deepEqual(await titles(viewer, 'pump'), [
      'Pump and',
      'Another pump',
      'A pump',
      'Two pumps',
      'Whole in the text',
      'In the text',
    ])
    assert.deepEqual(await titles(viewer, 'pump', '&limit=2'), ['Pump and', 'Another pump'])
  })

  it('ignores case, accents and punctuation, in languages side by side', async () => {
    const said: Record<string, string[]> = {
      'Größe ändern (Café)': ['grosse andern', 'GRÖSSE', 'cafe', 'CAFÉ', 'Cafe\u0301'],
      'Ёлка и Йод': ['елка', 'ЁЛКА', 'йод'],
      ΝΑΌΣ: ['ναός', 'ναοσ'],
      'İstanbul Łódź Ærø': ['istanbul lodz aero', 'ISTANBUL'],
      'Tiếng Việt': ['tieng viet'],
      می‌خواهم: ['میخواهم'],
      'שָׁלוֹם עולם': ['שלום'],
      'हिन्दी में': ['हिन्दी'],
      証明書を更新する: ['証明', '更新', '書', '証明書を'],
      ต่ออายุใบรับรอง: ['ใบรับรอง'],
      '인증서 갱신': ['인증', '갱신'],
      'foo_bar/baz-qux.ts C++': ['bar', 'qux ts', 'foo_bar'],
      '🐎 race': ['🐎'],
    }
    const { viewer } = await team(Object.fromEntries(Object.keys(said).map((title) => [title, ''])))
    for (const [title, asked] of Object.entries(said))
      for (const q of asked) assert.deepEqual(await titles(viewer, q), [title.normalize('NFC')], q)
  })

  it('finds a task by its reference, also with a former key, and by its number', async () => {
    const { owner, viewer, outsider, project, ids } = await team({ First: '', 'Second 1': '' })
    const ref = `${project.key}-1`
    for (const q of [ref, ref.toLowerCase(), ` ${ref} `])
      assert.deepEqual(
        (await find(viewer, q)).map(({ id }) => id),
        [ids['First']],
      )
    assert.deepEqual(await titles(viewer, '1'), ['First', 'Second 1'])
    await owner.patch(`projects/${project.id}`, { key: `N${project.key}`.slice(0, 10) })
    assert.deepEqual(await titles(viewer, ref), ['First'])
    assert.deepEqual(await find(outsider, ref), [])
  })

  it('finds a comment by what it says, with its task, until either is deleted', async () => {
    const { editor, viewer, outsider, ids } = await team({ 'Renew the certificate': '' })
    const id = ids['Renew the certificate']!
    const { body: comment } = await editor.post(`tasks/${id}/comments`, {
      body: 'Ask **Žofie** about the certificate',
    })
    const [hit] = await find(viewer, 'zofie')
    assert.deepEqual(
      [hit.kind, hit.id, hit.task_id, marked(hit.title), marked(hit.excerpt)],
      ['comment', comment.id, id, 'Renew the certificate', 'Ask **[Žofie]** about the certificate'],
    )
    assert.deepEqual(
      (await find(viewer, 'certificate')).map((each) => each.id),
      [id, comment.id],
    )
    assert.deepEqual(await find(outsider, 'zofie'), [])
    await editor.patch(`comments/${comment.id}`, { body: 'Ask Milan' })
    assert.deepEqual([await find(viewer, 'zofie'), (await find(viewer, 'milan')).length], [[], 1])
    await editor.delete(`tasks/${id}`)
    assert.deepEqual(await find(viewer, 'milan'), [])
    await editor.post(`tasks/${id}/restore`)
    assert.equal((await find(viewer, 'milan')).length, 1)
    await editor.delete(`comments/${comment.id}`)
    assert.deepEqual(await find(viewer, 'milan'), [])
  })

  it('shows what matched, in pieces of the text as it is', async () => {
    const text = `${'Nothing here. '.repeat(30)}The <b>certificate</b> &amp; its\n\nkey, said Zoë. ${'More. '.repeat(50)}`
    const { viewer } = await team({ 'Renew <i>certificates</i> now': text })
    const [hit] = await find(viewer, 'certificate zoe')
    assert.equal(marked(hit.title), 'Renew <i>[certificates]</i> now')
    assert.match(
      marked(hit.excerpt),
      /^(\S.*)?The <b>\[certificate\]<\/b> &amp; its key, said \[Zoë\]\. (More\. ?)+$/,
    )
    assert(plain(hit.excerpt).length < 260)
    const [other] = await find(viewer, 'renew')
    assert.match(marked(other.excerpt), /^Nothing here\. Nothing/)
  })

  it('looks into what the viewer sees now, and tells of nothing else', async () => {
    const { owner, editor, viewer, outsider, admin, project, ids } = await team({ Kingfisher: 'a secret' })
    const id = ids['Kingfisher']!
    for (const who of [owner, editor, viewer, admin]) assert.equal((await find(who, 'kingfisher')).length, 1)
    assert.deepEqual(await find(outsider, 'kingfisher'), [])
    for (const named of [project.id, project.key]) {
      assert.equal((await find(viewer, 'king', `&project=${named}`)).length, 1)
      refused(await outsider.get(`search?q=king&project=${named}`), 404, 'not_found')
    }
    const { body: theirs } = await outsider.post('projects', { name: 'Theirs' })
    await outsider.post(`projects/${theirs.id}/members`, { user_id: editor.id, role: 'editor' })
    assert.equal((await editor.patch(`tasks/${id}`, { project_id: theirs.id })).status, 200)
    assert.deepEqual([await find(viewer, 'king'), (await find(outsider, 'king')).length], [[], 1])
    await outsider.patch(`projects/${theirs.id}`, { archived: true })
    assert.deepEqual(await find(outsider, 'king'), [])
    assert.equal((await find(outsider, 'king', '&archived=any')).length, 1)
    assert.equal((await find(outsider, 'king', '&archived=true')).length, 1)
    await outsider.delete(`projects/${theirs.id}/members/${editor.id}`)
    assert.deepEqual(await find(editor, 'king', '&archived=any'), [])
    await outsider.delete(`projects/${theirs.id}`)
    assert.deepEqual(await find(outsider, 'king', '&archived=any'), [])
    assert.deepEqual(await find(admin, 'king', '&archived=any'), [])
  })

  it('takes any text that a task can have, and any question', async () => {
    const { editor, viewer, project } = await team({})
    const long = `${'x'.repeat(3_000)} ${'wort '.repeat(10)} ${Array.from({ length: 20_000 }, (_, i) => i.toString(36)).join(' ')}`
    const { body } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Long',
      description: long.slice(0, 100_000),
    })
    assert.deepEqual(
      (await find(viewer, 'x'.repeat(100))).map(({ id }) => id),
      [body.id],
    )
    const write = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(write, async (text) => {
        const { status } = await editor.patch(`tasks/${body.id}`, { description: text })
        assert.equal(status, 200)
        await find(viewer, text)
      }),
      { numRuns: 100 },
    )
    for (const query of [
      '',
      'q=',
      `q=${'x'.repeat(201)}`,
      'q=%00',
      'q=a&q=b',
      'q=a&limit=101',
      'q=a&cursor=x',
      'q=a&project=',
    ])
      refused(await viewer.get(`search?${query}`), 400, 'invalid')
  })

  it('folds words as the database does', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(text, async (said) => {
        const { rows } = await world.pool.query('select fold($1) as folded', [said])
        assert.equal(fold(said).replaceAll('\u0000', ''), rows[0].folded)
      }),
      { numRuns: 500 },
    )
  })
})
