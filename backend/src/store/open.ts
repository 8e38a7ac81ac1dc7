import type { Config } from '../config.ts'
import { bucketStore } from './bucket.ts'
import { openFolder } from './folder.ts'
import type { NoStore, Store } from './store.ts'

export function openStore({ files }: Config): Store | NoStore {
  if (files === undefined) return { missing: 'set DATA_DIR to a folder that lasts, or FILES_URL' }
  if ('folder' in files) return openFolder(files.folder)
  return 'container' in files.keys && files.keys.container === ''
    ? { missing: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task a role' }
    : bucketStore(files)
}
