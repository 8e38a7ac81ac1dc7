import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { testFiles } from './test-files.mjs'

it('a plain run has every test but those that injure the server or take very long', () => {
  const root = mkdtempSync(join(tmpdir(), 'tasktrail-test-files-'))
  const chosen = [
    'backend/src/tasks/tasks.test.ts',
    'backend/test/access.test.ts',
    'scripts/install.test.mjs',
  ]
  const others = [
    'backend/src/tasks/tasks.ts',
    'backend/test/disk.fault.test.ts',
    'backend/test/hour.soak.test.ts',
    'docs/strange.test.ts',
  ]
  for (const file of [...chosen, ...others]) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  assert.deepEqual(testFiles(root), chosen)
  rmSync(root, { recursive: true })
})
