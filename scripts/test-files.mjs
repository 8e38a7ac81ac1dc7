import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

const PLACES = [
  ['backend/src', /\.test\.ts$/],
  ['backend/test', /\.test\.ts$/],
  ['client/test', /\.test\.ts$/],
  ['scripts', /\.test\.mjs$/],
]

/** Lists the tests of a plain `npm test`: all but those which injure the server on purpose or take very long. */
export function testFiles(root) {
  return PLACES.flatMap(([folder, name]) => filesBelow(join(root, folder)).filter((path) => name.test(path)))
    .filter((path) => !/\.(fault|soak)\.test\.ts$/.test(path))
    .map((path) => relative(root, path))
    .sort()
}

function filesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((path) => join(folder, path))
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}
