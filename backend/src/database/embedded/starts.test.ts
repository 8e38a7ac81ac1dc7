import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import {
  IS_ROOT,
  NOBODY,
  MODULE,
  root,
  start,
  query,
  startElsewhere,
  lockFile,
  postmaster,
  socketDirectory,
  isAlive,
  everyoneMayEnter,
  kill,
  until,
} from '../../../test/embedded.ts'

describe('two starts at once', () => {
  it('work side by side in two folders', async () => {
    const servers = await Promise.all([start(join(root, 'one')), start(join(root, 'two'))])
    await Promise.all(servers.map(({ url }, number) => query(url, `create table only_in_${number} ()`)))
    const tables = `select relname from pg_class where relname like 'only_in%'`
    assert.deepEqual(await query(servers[0].url, tables), [{ relname: 'only_in_0' }])
    assert.deepEqual(await query(servers[1].url, tables), [{ relname: 'only_in_1' }])
    await Promise.all(servers.map((server) => server.stop()))
  })

  it('let exactly one have the same folder', async () => {
    const dataDir = join(root, 'shared')
    const starts = await Promise.all([1, 2, 3].map(() => startElsewhere(dataDir)))
    const winners = starts.filter(({ answer }) => answer.startsWith('postgresql:'))
    assert.equal(winners.length, 1, starts.map(({ answer }) => answer).join('\n'))
    for (const { answer } of starts.filter((one) => !winners.includes(one))) {
      assert.match(answer, new RegExp(`is in use by Tasktrail process ${winners[0]?.child.pid}:`))
    }
    await query(winners[0]!.answer, 'select 1')
    await kill(winners[0]!.child)
  })
})

describe('a copy of the folder, made while the server ran', () => {
  it('starts beside the original and leaves its socket and its lock alone', async () => {
    const [dataDir, copy] = [join(root, 'original'), join(root, 'copy')]
    const original = await start(dataDir)
    await query(original.url, 'create table kept (name text)')
    await query(original.url, 'checkpoint')
    const lock = readFileSync(lockFile(dataDir), 'utf8')
    spawnSync('cp', ['-a', dataDir, copy])
    assert.equal(readFileSync(lockFile(copy), 'utf8'), lock)
    const copied = await start(copy)
    assert.notEqual(socketDirectory(copied.url), socketDirectory(original.url))
    assert.deepEqual(await query(copied.url, 'select * from kept'), [])
    await query(original.url, `insert into kept values ('only here')`)
    assert.equal(readFileSync(lockFile(dataDir), 'utf8'), lock)
    await copied.stop()
    assert.deepEqual(await query(original.url, 'select * from kept'), [{ name: 'only here' }])
    await original.stop()
  })
})

describe('a folder that cannot be used', () => {
  it('is named when something else is in it', async () => {
    const dataDir = join(root, 'strange')
    mkdirSync(join(dataDir, 'postgres'), { recursive: true })
    writeFileSync(join(dataDir, 'postgres/notes.txt'), 'mine')
    await assert.rejects(start(dataDir), /strange\/postgres is neither empty nor a PostgreSQL data directory/)
  })

  it('is named when it cannot be made', async () => {
    writeFileSync(join(root, 'file'), '')
    await assert.rejects(
      start(join(root, 'file/data')),
      /DATA_DIR has to be a folder that you may write to \(ENOTDIR/,
    )
  })
})

describe('other users of the machine', { skip: !IS_ROOT && 'needs root to become another user' }, () => {
  it('cannot reach the server', async () => {
    const { url, stop } = await start(join(root, 'private'))
    const socket = join(socketDirectory(url), '.s.PGSQL.5432')
    const connect = `require('node:net').connect(process.argv[1]).on('error', (error) => console.log(error.code))`
    const child = spawn(process.execPath, ['--eval', connect, socket], { uid: 12345, gid: 12345, cwd: '/' })
    const [answer] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    assert.equal(answer, 'EACCES')
    await stop()
  })

  it('can run a server of their own', async (test) => {
    if (!everyoneMayEnter(dirname(new URL(MODULE).pathname)))
      return test.skip('the repository is in a folder only root may enter')
    const home = join(mkdtempSync(join(tmpdir(), 'tasktrail-home-')), 'a home')
    mkdirSync(home, { mode: 0o700 })
    chmodSync(dirname(home), 0o755)
    chownSync(home, NOBODY, NOBODY)
    const { child, answer } = await startElsewhere(join(home, 'data'), NOBODY)
    assert.match(answer, /^postgresql:/)
    assert.equal(statSync(join(home, 'data/postgres')).uid, NOBODY)
    const again = await startElsewhere(join(home, 'data'), NOBODY)
    assert.match(again.answer, new RegExp(`in use by Tasktrail process ${child.pid}`))
    const pid = postmaster(join(home, 'data'))
    await kill(child)
    await until(() => !isAlive(pid))
    rmSync(dirname(home), { recursive: true })
  })
})
