import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openEmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts'

const IS_ROOT = process.getuid?.() === 0
const NOBODY = 65534
const NO_PROC = process.platform !== 'linux' && 'finds processes in /proc'
const MODULE = new URL('embedded.ts', import.meta.url).href
const TYPESCRIPT = new URL('../../../scripts/typescript.mjs', import.meta.url).href
const SETTINGS = { fsync: 'off' }

const root = mkdtempSync(join(tmpdir(), 'tasktrail-embedded-'))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

const start = (dataDir: string) => startEmbeddedPostgres({ dataDir, settings: SETTINGS, log: () => {} })

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

async function rows(url: string): Promise<unknown[]> {
  return (await query(url, 'select name from kept order by id')).map(({ name }) => name)
}

/** Starts the server in a Node process of its own, which answers with the URL or the message of the error. */
async function startElsewhere(
  dataDir: string,
  uid = process.getuid?.() ?? 0,
): Promise<{ child: ChildProcess; answer: string }> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(MODULE)})
    const options = ${JSON.stringify({ dataDir, settings: SETTINGS })}
    const answer = await startEmbeddedPostgres({ ...options, log() {} }).then(({ url }) => url, (error) => error.message)
    console.log(answer)
    if (answer.startsWith('postgresql:')) setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--import', TYPESCRIPT, '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    uid,
    gid: uid,
  })
  children.push(child)
  assert(child.stdout)
  const [answer] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, answer }
}

const lockFile = (dataDir: string) => join(dataDir, 'postgres/postmaster.pid')
const postmaster = (dataDir: string) => Number(readFileSync(lockFile(dataDir), 'utf8').split('\n')[0])
const socketDirectory = (url: string) => new URLSearchParams(url.split('?')[1]).get('host') ?? ''

function isAlive(pid: number): boolean {
  try {
    // A zombie is only waiting for its parent to ask how it ended.
    return process.platform === 'linux'
      ? !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      : process.kill(pid, 0)
  } catch {
    return false
  }
}

function everyoneMayEnter(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (path === '/' || everyoneMayEnter(dirname(path)))
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The shell that would shut the server down: without it a killed process leaves an orphan. */
function killGuardOf(pid: number): void {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = existsSync(`/proc/${entry}/cmdline`) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8') : ''
    if (command.startsWith('/bin/sh\0-c\0read') && command.includes(`\0${pid}\0`))
      process.kill(Number(entry), 'SIGKILL')
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !condition(); await sleep(20))
    assert(Date.now() < deadline, String(condition))
}

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
    await until(
      () => existsSync(lockFile(dataDir)) && isAlive(postmaster(dataDir)) && postmaster(dataDir) !== killed,
    )
    await until(() => readFileSync(lockFile(dataDir), 'utf8').includes('ready'))
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
    await assert.rejects(start(dataDir), /was written by PostgreSQL 17 and this is PostgreSQL 18: dump it/)
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
