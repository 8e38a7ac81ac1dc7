// What ARCHITECTURE.md promises about the sources: who imports whom, who writes which table, how large things are.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const SOURCE = path.resolve(import.meta.dirname, '../src')
/** What has routes of its own: a folder each. */
const FEATURES = ['accounts/audit', 'accounts/auth', 'accounts/bots', 'accounts/tokens', 'accounts/users', 'projects', 'members', 'statuses', 'fields', 'labels', 'views', 'tasks', 'comments', 'files', 'links', 'time-entries', 'search', 'trail/changes', 'trail/history', 'trail/trash', 'trail/undo', 'trail/webhooks', 'telemetry/status'] // prettier-ignore

/** A folder within a feature's is part of it. */
const folderOf = (file: string) => {
  const folder = path.dirname(file) === '.' ? '' : path.dirname(file)
  return FEATURES.find((feature) => folder.startsWith(`${feature}/`)) ?? folder
}

interface Source {
  file: string
  folder: string
  text: string
  lines: number
  /** Files of ours that it imports, for more than a type. */
  imports: string[]
  /** All modules that it imports, types included. */
  modules: string[]
}

const loadedLater = (text: string) =>
  [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, module]) => module!)

const sources: Source[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => {
    const text = readFileSync(path.join(SOURCE, file), 'utf8')
    const from = [...text.matchAll(/^(?:import|export|\}) ?(type )?[^'\n]*from '([^']+)'/gm)]
    const ours = (module: string) => path.join(path.dirname(file), module)
    return {
      file,
      folder: folderOf(file),
      text,
      lines: text.split('\n').length - 1,
      imports: from
        .filter(([, type, module]) => !type && module!.startsWith('.'))
        .map(([, , module]) => ours(module!)),
      modules: [...from.map(([, , module]) => module!), ...loadedLater(text)].map((module) =>
        module.startsWith('.') ? ours(module) : module,
      ),
    }
  })

describe('the sources', () => {
  it('were found, and every feature has its folder', () => {
    assert(sources.length > 60)
    for (const feature of FEATURES)
      assert(
        sources.some(({ folder }) => folder === feature),
        feature,
      )
  })

  it('import of another feature its schema, or an act that is named here', () => {
    const acts: Record<string, readonly string[]> = {
      // The core's neighbours: who is calling, and what guessing costs.
      'accounts/audit/record.ts': ['accounts/auth', 'accounts/bots', 'accounts/tokens', 'accounts/users'],
      'accounts/tokens/queries.ts': ['accounts/auth', 'accounts/bots', 'accounts/users', 'trail/changes'],
      'accounts/tokens/secret.ts': ['accounts/auth', 'accounts/bots'],
      'accounts/tokens/mint.ts': ['accounts/bots'],
      'accounts/users/erase-user.ts': ['accounts/bots'],
      'accounts/auth/throttle.ts': ['members', 'accounts/users', 'projects'],
      'accounts/auth/passwords.ts': ['accounts/users', 'seed'],
      'accounts/auth/confirm.ts': ['accounts/tokens', 'accounts/users'],
      'accounts/auth/link-queries.ts': ['accounts/users'],
      'accounts/auth/send-link.ts': ['accounts/users'],
      'accounts/auth/queries.ts': ['accounts/users', 'members', 'trail/changes'],
      // An event as a reader may know it, the same in the feed, in the histories and at an endpoint.
      'trail/changes/event.ts': ['trail/history', 'trail/webhooks'],
      // A view is a list of tasks, whose filter is kept.
      'tasks/list-queries.ts': ['views'],
      'tasks/filter/compile.ts': ['views'],
      'tasks/due.ts': ['views', 'time-entries'],
      // What a history may name is read as its own noun reads it.
      'members/queries.ts': ['accounts/bots', 'trail/history'],
      'tasks/queries.ts': ['trail/history'],
    }
    const used = new Set<string>()
    for (const { file, folder, modules } of sources.filter((each) =>
      [...FEATURES, 'seed'].includes(each.folder),
    ))
      for (const module of modules.filter(
        (each) => FEATURES.includes(folderOf(each)) && folderOf(each) !== folder,
      )) {
        if (module.endsWith('/schema.ts')) continue
        // A declaration names what it hangs on.
        if (file.endsWith('/noun.ts') && module.endsWith('/noun.ts')) continue
        assert(acts[module]?.includes(folder), `${file} imports ${module}`)
        used.add(`${module} ${folder}`)
      }
    const listed = Object.entries(acts).flatMap(([module, folders]) =>
      folders.map((folder) => `${module} ${folder}`),
    )
    assert.deepEqual(
      listed.filter((each) => !used.has(each)),
      [],
      'is listed and not needed',
    )
  })

  it('of the core import no feature, but for those that put the whole together', () => {
    const assembling = ['app.ts', 'nouns.ts', 'services.ts', 'cli.ts', 'main.ts', 'process/housekeeping.ts', 'process/start.ts', 'process/serve.ts', 'process/serve-mail.ts', 'process/workers.ts', 'process/generated.ts', 'telemetry/observe.ts'] // prettier-ignore
    for (const { file, imports } of sources.filter(
      ({ folder }) => !FEATURES.includes(folder) && folder !== 'seed',
    ))
      for (const module of imports.filter((each) => FEATURES.includes(folderOf(each))))
        assert(assembling.includes(file), `${file} imports ${module}`)
  })

  it('import each other in no circle, not even for a type', () => {
    const open = new Set<string>()
    const done = new Set<string>()
    const visit = (file: string, trace: readonly string[]): void => {
      assert(!open.has(file), [...trace.slice(trace.indexOf(file)), file].join(' -> '))
      if (done.has(file)) return
      open.add(file)
      for (const module of sources.find((source) => source.file === file)?.modules ?? [])
        visit(module, [...trace, file])
      open.delete(file)
      done.add(file)
    }
    for (const { file } of sources) visit(file, [])
  })

  it('keep the web framework out of statements and schemas, and statements out of schemas', () => {
    for (const { file, modules } of sources) {
      if (/(queries|schema)\.ts$/.test(file)) assert(!modules.includes('fastify'), `${file} imports fastify`)
      if (file.endsWith('schema.ts'))
        for (const module of modules)
          assert(
            !/queries\.ts$|routes\.ts$|^database\/(db|sql)\.ts$/.test(module),
            `${file} imports ${module}`,
          )
    }
  })

  it('read the environment in config.ts alone, and say so when they name it elsewhere', () => {
    const others = sources.filter(({ file, text }) => /process\.env\b/.test(text) && file !== 'config.ts')
    for (const { file } of others)
      // Child processes get an environment; programs of ours read none of it.
      assert(
        ['database/embedded/', 'process/workers.ts'].some((allowed) => file.startsWith(allowed)),
        `${file} reads process.env`,
      )
  })

  it('write each table in one place, but for acts that say they touch several', () => {
    const owners: Record<string, readonly string[]> = {
      audit_entries: ['accounts/audit/record.ts', 'accounts/audit/queries.ts'],
      users: ['accounts/auth/queries.ts', 'accounts/bots/queries.ts', 'accounts/users/queries.ts', 'accounts/users/erase-user.ts'],
      sessions: ['accounts/auth/queries.ts'],
      tokens: ['accounts/tokens/queries.ts', 'accounts/users/erase-user.ts'],
      account_invitations: ['accounts/auth/queries.ts'],
      account_links: ['accounts/auth/link-queries.ts', 'accounts/users/erase-user.ts'],
      mails: ['mail/outbox.ts', 'accounts/users/erase-user.ts'],
      throttles: ['accounts/auth/throttle.ts'],
      projects: ['projects/queries.ts', 'trail/trash/queries.ts', 'accounts/users/erase-user.ts'],
      project_members: ['members/queries.ts', 'projects/queries.ts', 'accounts/users/erase-user.ts'],
      tasks: ['tasks/queries.ts', 'tasks/tree-queries.ts', 'members/queries.ts', 'statuses/queries.ts', 'accounts/users/erase-user.ts'],
      statuses: ['statuses/queries.ts'],
      fields: ['fields/queries.ts'],
      labels: ['labels/queries.ts'],
      views: ['views/queries.ts'],
      personal_views: ['views/personal-queries.ts', 'accounts/users/erase-user.ts'],
      comments: ['comments/queries.ts'],
      links: ['links/queries.ts'],
      files: ['files/queries.ts'],
      unclaimed_contents: ['files/queries.ts'],
      time_entries: ['time-entries/queries.ts'],
      task_numbers: ['tasks/queries.ts', 'projects/queries.ts'],
      events: ['trail/changes/queries.ts', 'trail/trash/queries.ts'],
      pending_events: ['trail/trash/queries.ts'],
      trail: ['trail/changes/queries.ts', 'trail/tracking.ts'],
      idempotency_keys: ['http/idempotency.ts'],
      webhooks: ['trail/webhooks/queries.ts', 'trail/webhooks/delivery-queries.ts', 'trail/webhooks/reseal.ts'],
      webhook_deliveries: ['trail/webhooks/queries.ts', 'trail/webhooks/delivery-queries.ts'],
      webhook_attempts: ['trail/webhooks/delivery-queries.ts'],
      migrations: ['database/migrate.ts'],
    } // prettier-ignore
    const written = new Set<string>()
    for (const { file, text } of sources.filter(({ folder }) => folder !== 'seed')) {
      const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '')
      for (const [, table = ''] of code.matchAll(
        /\b(?:insert into|update|delete from) ([a-z_]+)\s+(?=set|as|\(|where|using|returning|[a-z]+ set|\$\{)/g,
      )) {
        if (table === 'of' || table === 'skip') continue
        assert(owners[table]?.includes(file), `${file} writes ${table}`)
        written.add(`${table} ${file}`)
      }
    }
    const listed = Object.entries(owners).flatMap(([table, files]) => files.map((file) => `${table} ${file}`))
    assert.deepEqual(
      listed.filter((each) => !written.has(each)),
      [],
      'is listed and does not write',
    )
  })

  it('name password_hash only where passwords are dealt with', () => {
    const allowed =
      /^(accounts\/auth\/|accounts\/users\/(erase-user|noun)\.ts|trail\/changes\/event\.ts|seed\/)/
    for (const { file, text } of sources)
      if (text.includes('password_hash')) assert(allowed.test(file), `${file} names password_hash`)
  })

  it('know the address of a client from one file', () => {
    for (const { file, text } of sources)
      assert(
        file === 'http/client-address.ts' ||
          !/\brequest\.ips?\b|\{[^}]*\bips?\b[^}:]*\}[^;]*=>|\.remoteAddress|x-forwarded-for/i.test(text),
        file,
      )
  })

  it('have no drawer for what has no name', () => {
    for (const { file } of sources)
      assert.doesNotMatch(
        file,
        /(^|\/)(utils?|helpers?|common|misc|shared|types|service|manager|index)(\/|\.ts$)/,
      )
  })

  it('circumvent neither the compiler nor the linter', () => {
    for (const { file, text } of sources)
      assert.doesNotMatch(
        text,
        /as unknown as|@ts-(ignore|expect-error|nocheck)|oxlint-disable(?!-next-line no-control-regex)/,
        file,
      )
  })

  it('stay small', () => {
    const sizes = sources.map(({ lines }) => lines).sort((a, b) => a - b)
    assert(sizes[Math.floor(sizes.length / 2)]! <= 120, 'half of the files have at most 120 lines')
    for (const { file, lines } of sources) assert(lines <= 340, `${file} has ${lines} lines`)
  })
})

describe('the packages', () => {
  it('are few, and pinned', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(path.resolve(SOURCE, '../package.json'), 'utf8'),
    )
    assert(Object.keys(dependencies).length <= 14, Object.keys(dependencies).join(', '))
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/)
  })

  it('are locked without the name of a registry', () => {
    for (const lock of [
      'package-lock.json',
      'bench/package-lock.json',
      'tools/api-lint/package-lock.json',
      'tools/clients/package-lock.json',
      'tools/package-lint/package-lock.json',
      'deploy/aws/package-lock.json',
    ])
      assert.doesNotMatch(readFileSync(path.resolve(SOURCE, '../..', lock), 'utf8'), /"resolved": "http/)
  })
})
