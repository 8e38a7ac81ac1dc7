import type { Config } from '../config.ts'
import { openFolder } from './folder.ts'
import type { NoStore, Store } from './store.ts'

export function openStore({ filesFolder }: Config): Store | NoStore {
  return filesFolder === undefined
    ? { missing: 'set DATA_DIR to a folder that lasts' }
    : openFolder(filesFolder)
}
