// A store in a folder. Several machines may share it.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { access, mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { slowWork } from '../concurrency.ts'
import { unavailable, type NoStore, type Store } from './store.ts'

/** The store, or why the folder cannot be one. */
export function openFolder(folder: string): Store | NoStore {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return folderStore(folder)
  } catch (error) {
    return {
      missing: `${folder} has to be a folder that this user may write to (${(error as Error).message})`,
    }
  }
}

function folderStore(folder: string): Store {
  // Ids begin with the time, so their ends are spread evenly.
  const folderOf = (id: string) => path.join(folder, id.slice(-2))
  const pathOf = (id: string) => path.join(folderOf(id), id)

  return {
    async write(id, source) {
      slowWork.publish('a file')
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 }).catch(unavailable)
      const file = await open(pathOf(id), 'wx', 0o600).catch(unavailable)
      try {
        for await (const chunk of source) await writeAll(file, chunk)
        await file.sync().catch(unavailable)
      } catch (error) {
        // At once: the disk may be full.
        await rm(pathOf(id), { force: true })
        throw error
      } finally {
        await file.close()
      }
      // Its name has to last too.
      for (const above of [folderOf(id), folder]) await syncFolder(above).catch(unavailable)
    },

    async read(id, range) {
      slowWork.publish('a file')
      const file = await open(pathOf(id)).catch((error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? undefined : unavailable(error),
      )
      return file?.createReadStream(range)
    },

    async remove(id) {
      slowWork.publish('a file')
      await rm(pathOf(id), { force: true })
    },

    async check() {
      await access(folder, constants.R_OK | constants.W_OK)
    },
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let from = 0; from < chunk.length;)
    from += (await file.write(chunk, from).catch(unavailable)).bytesWritten
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
