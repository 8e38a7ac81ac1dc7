import type { ReplicaStorage } from './storage.ts'

const STORE = 'entries'

/** Keeps a replica in the browser. Tabs that share it take turns: see createReplica. */
export function indexedDbStorage(name = 'tasktrail'): ReplicaStorage {
  let opened: Promise<IDBDatabase> | undefined
  const open = () => (opened ??= openStore(name))

  async function write(entries: ReadonlyMap<string, unknown>): Promise<void> {
    const transaction = (await open()).transaction(STORE, 'readwrite')
    const store = transaction.objectStore(STORE)
    for (const [key, value] of entries)
      if (value === undefined) store.delete(key)
      else store.put(value, key)
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('The browser did not keep it.')),
      )
    })
  }

  return {
    async load() {
      const store = (await open()).transaction(STORE).objectStore(STORE)
      const [keys, values] = await Promise.all([
        answered(store.getAllKeys()),
        answered<unknown[]>(store.getAll()),
      ])
      return new Map(keys.map((key, i) => [key as string, values[i]]))
    },
    save: write,
    shared: name,
  }
}

function openStore(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => void request.result.createObjectStore(STORE))
  return answered(request)
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () =>
      reject(request.error ?? new Error('The browser does not say why.')),
    )
  })
}
