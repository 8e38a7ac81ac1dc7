// Writes src/generated from backend/openapi.json: a type for each schema, a function for each operation. It runs with
// `npm run tasktrail -- openapi`, so that both follow every change of a route; test/generated.test.ts compares them.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { blanksText } from './blanks.mjs'
import { operationsText } from './operations.mjs'
import { typesText } from './types.mjs'

const DOCUMENT = new URL('../../backend/openapi.json', import.meta.url)
const FOLDER = new URL('../src/generated/', import.meta.url)

/** What the generated files have to be now, by name. */
export function generate() {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'))
  return {
    'types.ts': typesText(document),
    'operations.ts': operationsText(document),
    'blanks.ts': blanksText(document),
  }
}

export function writeGenerated() {
  for (const [name, text] of Object.entries(generate())) writeFileSync(new URL(name, FOLDER), text)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeGenerated()
