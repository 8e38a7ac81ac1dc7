// Where the contents of files are kept, and how much of them.
import path from 'node:path'
import type { Reader } from '../environment.ts'

const MIB = 2 ** 20

export interface Keys {
  readonly key: string
  readonly secret: string
  /** Empty for keys that never end. */
  readonly token: string
}

export interface Bucket {
  readonly bucket: string
  /** Before the names of all objects. */
  readonly prefix: string
  readonly region: string
  /** Empty: AWS. */
  readonly endpoint: string
  /** The keys, or where a container gets those of its role, which are good for some hours; empty if it has none. */
  readonly keys: Keys | { readonly container: string }
}

export const readFileSettings = (env: Reader, production: boolean, dataDir: string) => ({
  files: readPlace(env, production, dataDir),
  filesMaxSize: env.integer('FILES_MAX_SIZE', 100 * MIB, 1, 5 * 1024 * MIB),
  filesMaxProjectSize: env.integer('FILES_MAX_PROJECT_SIZE', 10 * 1024 * MIB, 1, Number.MAX_SAFE_INTEGER),
})

/** A bucket, a folder, or undefined if there is no place that lasts. */
function readPlace(
  env: Reader,
  production: boolean,
  dataDir: string,
): Bucket | { readonly folder: string } | undefined {
  const text = env.text('FILES_URL', '')
  const key = env.secret('AWS_ACCESS_KEY_ID')
  const secret = env.secret('AWS_SECRET_ACCESS_KEY')
  if ((key === '') !== (secret === ''))
    env.mistake('AWS_ACCESS_KEY_ID', 'and AWS_SECRET_ACCESS_KEY belong together; set both or none')
  if (text !== '')
    return readBucket(
      env,
      text,
      key === '' ? { container: roleUrl(env) } : { key, secret, token: env.text('AWS_SESSION_TOKEN', '') },
    )
  // A container's own disk goes with the container, so in production a folder has to be named.
  return production && env.text('DATA_DIR', '') === '' ? undefined : { folder: path.join(dataDir, 'files') }
}

/** `s3://bucket/prefix?region=eu-central-1`, and `endpoint=` for what is not AWS. */
function readBucket(env: Reader, text: string, keys: Bucket['keys']): Bucket {
  const url = new URL(URL.canParse(text) ? text : 'invalid:')
  const { protocol, hostname: bucket, pathname, searchParams } = url
  const endpoint = searchParams.get('endpoint') ?? ''
  const region = searchParams.get('region') ?? env.text('AWS_REGION', endpoint === '' ? '' : 'us-east-1')
  if (protocol !== 's3:' || bucket === '' || [...searchParams.keys()].some((key) => !PARAMETERS.has(key)))
    env.mistake(
      'FILES_URL',
      'must be like s3://bucket/folder?region=eu-central-1, with &endpoint=https://… if it is not AWS',
    )
  else if (endpoint !== '' && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint))
    env.mistake('FILES_URL', 'has an endpoint that is not like https://s3.example.com')
  else if (!/^[\w-]+$/.test(region)) env.mistake('FILES_URL', 'needs a region, such as &region=eu-central-1')
  return {
    bucket,
    prefix: pathname.replace(/^\/+/, '').replace(/([^/])\/*$/, '$1/'),
    region,
    endpoint: endpoint.replace(/\/$/, ''),
    keys,
  }
}

const PARAMETERS = new Set(['region', 'endpoint'])

/** Set by ECS for a task that has a role. */
function roleUrl(env: Reader): string {
  const address = env.text('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', '')
  return address === '' ? '' : `http://169.254.170.2${address}`
}
