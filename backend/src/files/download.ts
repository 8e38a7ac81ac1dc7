// What goes with the content of a file, so that a browser does with it what is safe and nothing else.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import { namesTag } from '../http/schemas.ts'
import type { FileInfo } from './schema.ts'
import type { Range, Store } from '../store/store.ts'

/** What cannot run scripts: shown in the browser. Everything else is saved, whatever it says it is. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif|bmp)|application\/pdf|text\/plain)$/

/** Answers the content of a file, or the part that is asked for. Undefined if the store does not have it. */
export async function sendContent(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  store: Store,
  file: FileInfo,
): Promise<FastifyReply | undefined> {
  const { id, size } = file
  const known = headers['if-none-match']
  if (known !== undefined && namesTag(known, tagOf(file)))
    return reply.code(304).headers(contentHeaders(file)).send()
  const range = method === 'GET' ? rangeOf(headers.range, headers['if-range'], file) : undefined
  const { start, end } = range ?? { start: 0, end: size - 1 }
  const content = method === 'HEAD' || size === 0 ? Readable.from([]) : await store.read(id, range)
  if (!content) return undefined
  if (range) void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
  return reply
    .headers(contentHeaders(file))
    .header('content-length', end - start + 1)
    .send(content)
}

const tagOf = ({ sha256 }: FileInfo) => `"${sha256}"`

function contentHeaders(file: FileInfo): Record<string, string> {
  const { name, media_type } = file
  const way = SHOWN.test(media_type) ? 'inline' : 'attachment'
  // For whoever does not know of filename* (RFC 6266).
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  return {
    'content-type': media_type === 'text/plain' ? 'text/plain; charset=utf-8' : media_type,
    'content-disposition': `${way}; filename="${ascii}"; filename*=UTF-8''${extendedValue(name)}`,
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'accept-ranges': 'bytes',
    etag: tagOf(file),
    'cache-control': 'private, no-cache',
  }
}

/** A text as RFC 8187 has it. */
const extendedValue = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/**
 * The part that is asked for (RFC 9110 14); undefined for all of it, also when several parts are, or those of another
 * content. Throws `range_not_satisfiable`.
 */
function rangeOf(header: string | undefined, condition: unknown, file: FileInfo): Range | undefined {
  const { size } = file
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if ((first === '' && last === '') || (condition !== undefined && condition !== tagOf(file)))
    return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (start > end)
    throw new ApiError('range_not_satisfiable', `The file has ${size} bytes.`, {
      headers: { 'Content-Range': `bytes */${size}` },
    })
  return { start, end }
}
