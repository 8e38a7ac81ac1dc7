// Takes in a content before its file is made: it may take minutes, in which no transaction is open.
import { createHash, type Hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import { clientErrorHandler, uploading } from '../http/error-handler.ts'
import { uuid } from '../ids.ts'
import { announceContent, type NewContent } from './queries.ts'
import type { Store } from '../store/store.ts'
import { abandon } from './unclaimed.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What was sent and is in the store. */
    content: Omit<NewContent, 'name'> | undefined
  }
}

/** Of one user, in this process. */
const MOST_AT_ONCE = 20
const underWay = new Map<string, number>()

const SILENT_MS = 30_000
/** Well below the hour after which what nobody claimed is removed. */
const LONGEST_MS = 30 * 60_000

/** What is said of the body before it arrives. Throws for one that is not taken. */
export function announced({ headers }: FastifyRequest, most: number): { size: number; media_type: string } {
  const size = headers['content-length']
  if (size === undefined)
    throw new ApiError('length_required', 'Send the size of the file in Content-Length.')
  if (Number(size) > most)
    throw new ApiError('file_too_large', `A file has at most ${most.toLocaleString('en')} bytes.`)
  const media_type = mediaType(headers['content-type'])
  if (media_type === 'multipart/form-data')
    throw new ApiError('unsupported_media_type', 'Send the file itself as the body, and its name as ?name=.')
  return { size: Number(size), media_type }
}

/** Streams the body into the store, and puts into its place what a repeated request must have in common with this one. */
export async function receive(
  request: FastifyRequest,
  store: Store,
  { size, media_type }: ReturnType<typeof announced>,
): Promise<void> {
  const { db, viewer, raw, headers } = request
  const { socket } = raw
  const others = underWay.get(viewer.id) ?? 0
  if (others >= MOST_AT_ONCE)
    throw new ApiError('rate_limited', `Send at most ${MOST_AT_ONCE} files at a time.`, {
      headers: { 'Retry-After': '1' },
    })
  underWay.set(viewer.id, others + 1)
  const id = uuid()
  const hash = createHash('sha256')
  const cut = () => {
    uploading.delete(socket)
    clientErrorHandler(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
  }
  uploading.add(socket)
  const silence = setTimeout(cut, SILENT_MS)
  const deadline = setTimeout(cut, LONGEST_MS)
  try {
    await announceContent(db, id)
    await store.write(id, watched(raw, silence, hash), size)
  } catch (error) {
    // What the store failed to keep it may have kept after all: the next hour will tell.
    if (!raw.destroyed || raw.complete) throw error
    await abandon(db, store, id)
    throw new ApiError('invalid', 'The file ended before it was whole.', { cause: error })
  } finally {
    clearTimeout(silence)
    clearTimeout(deadline)
    uploading.delete(socket)
    const left = (underWay.get(viewer.id) ?? 1) - 1
    if (left > 0) underWay.set(viewer.id, left)
    else underWay.delete(viewer.id)
  }
  const digest = hash.digest()
  const sha256 = digest.toString('hex')
  request.content = { id, media_type, size, sha256 }
  request.body = { media_type, size, sha256 }
  refuseOther(headers['content-digest'], digest)
}

/** What arrives, each part of which proves that somebody is still sending. Whoever stops reading can still answer. */
async function* watched(
  source: FastifyRequest['raw'],
  silence: NodeJS.Timeout,
  hash: Hash,
): AsyncGenerator<Buffer> {
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    silence.refresh()
    hash.update(chunk)
    yield chunk
  }
}

/** Throws if the sender says that the content has another SHA-256 (RFC 9530). */
function refuseOther(header: FastifyRequest['headers'][string], digest: Buffer): void {
  const [, sent] = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):/.exec(String(header ?? '')) ?? []
  if (sent !== undefined && !Buffer.from(sent, 'base64').equals(digest))
    throw new ApiError('digest_mismatch', 'What arrived does not have the SHA-256 in Content-Digest.')
}

/** Without parameters; what is none is any sequence of bytes. */
function mediaType(sent = ''): string {
  const [type = ''] = sent.toLowerCase().split(';', 1)
  return /^[\w!#$&^.+-]{1,63}\/[\w!#$&^.+-]{1,63}$/.test(type.trim())
    ? type.trim()
    : 'application/octet-stream'
}
