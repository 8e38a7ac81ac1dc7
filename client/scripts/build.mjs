// Builds dist/, or another folder: JavaScript and declarations, from src/. What npm pack puts into the package.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))
const DIST = path.resolve(process.argv[2] ?? path.join(FOLDER, 'dist'))
const tsc = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

rmSync(DIST, { recursive: true, force: true })
// First what is for browsers too, where the compiler knows nothing of Node.js. Comments are for the editor, in the
// declarations; an app need not carry them.
for (const project of ['tsconfig.build.json', 'tsconfig.node.json'])
  for (const emit of [['--removeComments'], ['--declaration', '--emitDeclarationOnly']])
    execFileSync(process.execPath, [tsc, '-p', path.join(FOLDER, project), '--outDir', DIST, ...emit], {
      stdio: 'inherit',
    })

// The compiler rewrites the names of imported files in JavaScript alone.
for (const name of readdirSync(DIST, { recursive: true }).filter((file) => file.endsWith('.d.ts'))) {
  const file = path.join(DIST, name)
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from ')(\.[^']+)\.ts'/g, "$1$2.js'"))
}
copyFileSync(path.join(FOLDER, '../LICENSE'), path.join(FOLDER, 'LICENSE'))
