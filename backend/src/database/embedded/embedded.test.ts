import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  IS_ROOT,
  NO_PROC,
  root,
  children,
  start,
  query,
  rows,
  startElsewhere,
  lockFile,
  lockText,
  postmaster,
  socketDirectory,
  isAlive,
  kill,
  killGuardOf,
  until,
} from '../../../test/embedded.ts'
import { openEmbeddedPostgres } from './embedded.ts'

describe('the embedded PostgreSQL', () => {
  // One data directory all the way through: each test finds what the ones before have left in it.
  const dataDir = join(root, 'only its owner', 'may enter')
  mkdirSync(dirname(dataDir), { mode: 0o700 })

  it('starts in an empty folder below one that only its owner may enter, on a private socket alone', async () => {
    const { url, stop } = await start(dataDir)
    assert.deepEqual(await query(url, 'show listen_addresses'), [{ listen_addresses: '' }])
    assert.equal(statSync(socketDirectory(url)).mode & 0o777, 0o700)
    assert.equal(statSync(dataDir).mode & 0o777, 0o700)
    await query(url, 'create table kept (id serial, name text)')
    await query(url, `insert into kept (name) values ('before a restart')`)
    await stop()
    assert(!existsSync(socketDirectory(url)))
    assert(!existsSync(lockFile(dataDir)))
  })

  it('keeps its data over a restart', async () => {
    const { url, stop } = await start(dataDir)
    assert.deepEqual(await rows(url), ['before a restart'])
    await stop()
  })

  it('compares and searches text by Unicode rules', async () => {
    const { url, stop } = await start(dataDir)
    const [found] = await query(
      url,
      `select 'ÄÉ' ilike 'äé' as same, lower('ÄÉ') as lower, 'ß' < 'z' as sorted`,
    )
    assert.deepEqual(found, { same: true, lower: 'äé', sorted: false })
    await query(url, 'create extension pg_trgm')
    assert.deepEqual(
      await query(url, `select similarity('東京', '東京') as equal, similarity('ö', 'ä') as other`),
      [{ equal: 1, other: 0 }],
    )
    await stop()
  })

  it('comes back with its data, at the same address, when the server is killed', async () => {
    const { url, stop } = await start(dataDir)
    await query(url, `insert into kept (name) values ('before the server was killed')`)
    const killed = postmaster(dataDir)
    process.kill(killed, 'SIGKILL')
    await until(() => isAlive(postmaster(dataDir)) && postmaster(dataDir) !== killed)
    await until(() => lockText(dataDir).includes('ready'))
    assert.deepEqual((await rows(url)).at(-1), 'before the server was killed')
    await stop()
    assert(!existsSync(lockFile(dataDir)))
  })

  it('ends the server when its own process is killed', async () => {
    const { child, answer } = await startElsewhere(dataDir)
    await query(answer, `insert into kept (name) values ('before we were killed')`)
    const pid = postmaster(dataDir)
    await kill(child)
    await until(() => !isAlive(pid) && !existsSync(socketDirectory(answer)))
    const { url, stop } = await start(dataDir)
    assert.equal((await rows(url)).at(-1), 'before we were killed')
    await stop()
  })

  it('ends an orphan of a killed process before it starts', { skip: NO_PROC }, async () => {
    const { child, answer } = await startElsewhere(dataDir)
    await query(answer, `insert into kept (name) values ('before the orphan')`)
    const orphan = postmaster(dataDir)
    killGuardOf(orphan)
    await kill(child)
    await sleep(200)
    assert(isAlive(orphan), 'the server should have outlived its owner')
    const { url, stop } = await start(dataDir)
    assert(!isAlive(orphan))
    assert(!existsSync(socketDirectory(answer)))
    assert.equal((await rows(url)).at(-1), 'before the orphan')
    await stop()
  })

  it('ends the children that a killed server left at work', { skip: NO_PROC }, async () => {
    const { child, answer } = await startElsewhere(dataDir)
    const busy = new pg.Client({ connectionString: answer })
    busy.on('error', () => {})
    await busy.connect()
    const {
      rows: [backend],
    } = await busy.query<{ pid: number }>('select pg_backend_pid() as pid')
    // Busy without ever waiting, so that it does not notice the death of the server.
    const ended = busy.query(`do $$ begin loop end loop; end $$`).catch(() => {})
    await query(answer, `insert into kept (name) values ('beside a busy connection')`)
    killGuardOf(postmaster(dataDir))
    process.kill(postmaster(dataDir), 'SIGKILL')
    await kill(child)
    assert(isAlive(backend!.pid), 'the connection should have outlived the server')
    const { url, stop } = await start(dataDir)
    await ended
    assert(!isAlive(backend!.pid))
    assert.equal((await rows(url)).at(-1), 'beside a busy connection')
    await stop()
  })

  it('starts over a stale lock whose process id now belongs to somebody else, and leaves that one alone', async () => {
    const { uid, gid } = statSync(join(dataDir, 'postgres'))
    const stranger = spawn('sleep', ['60'], { uid, gid })
    children.push(stranger)
    writeFileSync(lockFile(dataDir), `${stranger.pid}\n${dataDir}\n1\n5432\n/tmp/none\n\n`)
    chownSync(lockFile(dataDir), uid, gid)
    const { stop } = await start(dataDir)
    assert(isAlive(stranger.pid!))
    await stop()
  })

  it('says in one sentence who uses the folder', async () => {
    const { stop } = await start(dataDir)
    const { answer } = await startElsewhere(dataDir)
    assert.equal(
      answer,
      `${dataDir}/postgres is in use by Tasktrail process ${process.pid}: stop it, or set DATA_DIR to another folder for this one`,
    )
    await stop()
  })

  it('lets another process use the server that runs, and leaves it running', async () => {
    const { child, answer } = await startElsewhere(dataDir)
    const opened = await openEmbeddedPostgres({ dataDir })
    assert.equal(opened.url, answer)
    await opened.stop()
    await query(answer, 'select 1')
    const pid = postmaster(dataDir)
    await kill(child)
    await until(() => !isAlive(pid))
  })

  it('lets a start that was cut short leave nothing in the way', async () => {
    const killed = spawn('true')
    await once(killed, 'exit')
    const unfinished = join(dataDir, `postgres.new-${killed.pid}`)
    mkdirSync(unfinished)
    writeFileSync(join(unfinished, 'PG_VERSION'), '18\n')
    const { stop } = await start(dataDir)
    assert(!existsSync(unfinished))
    await stop()
  })

  it('refuses the data of another major version', async () => {
    const version = join(dataDir, 'postgres/PG_VERSION')
    const ours = readFileSync(version, 'utf8')
    writeFileSync(version, '17\n')
    await assert.rejects(
      start(dataDir),
      /was written by PostgreSQL 17 and this is PostgreSQL 18: run the release/,
    )
    writeFileSync(version, ours)
  })

  it(
    'takes over a copy that lost its owner and mode',
    { skip: !IS_ROOT && 'only root can give files away' },
    async () => {
      const directory = join(dataDir, 'postgres')
      for (const entry of ['', ...(readdirSync(directory, { recursive: true }) as string[])])
        chownSync(join(directory, entry), 0, 0)
      chmodSync(directory, 0o755)
      const { url, stop } = await start(dataDir)
      assert.equal((await rows(url)).length, 5)
      await stop()
    },
  )
})
