/** A PostgreSQL that speaks TLS, under a certificate authority that nobody else knows. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docker, untilInside } from './fargate.ts'

/** Makes a certificate authority in `folder` and answers its certificate. */
export function makeAuthority(folder: string, name: string): string {
  openssl(folder, `req -x509 -newkey rsa:2048 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`)
  return readFileSync(join(folder, `${name}.pem`), 'utf8')
}

/** Starts a database named `host` in `network`, with a certificate from `authority`. */
export async function startDatabase(
  host: string,
  network: string,
  folder: string,
  authority: string,
  password: string,
): Promise<void> {
  openssl(
    folder,
    `req -newkey rsa:2048 -nodes -subj /CN=${host} -addext subjectAltName=DNS:${host} -keyout server.key -out server.csr`,
  )
  openssl(
    folder,
    `x509 -req -in server.csr -CA ${authority}.pem -CAkey ${authority}.key -copy_extensions copy -out server.pem`,
  )
  // The server refuses a key that is not its own, so it gets a copy.
  const start = [
    'cp /certificates/server.key /certificates/server.pem /tmp/',
    'chown postgres /tmp/server.key /tmp/server.pem',
    'chmod 600 /tmp/server.key',
    'exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/tmp/server.pem -c ssl_key_file=/tmp/server.key',
  ].join(' && ')
  const variables = [`POSTGRES_PASSWORD=${password}`, 'POSTGRES_USER=tasktrail', 'POSTGRES_DB=tasktrail']
  const flags = ['--name', host, '--network', network, '--volume', `${folder}:/certificates:ro`]
  const environment = variables.flatMap((variable) => ['--env', variable])
  docker('run', '--detach', ...flags, ...environment, '--entrypoint', 'bash', 'postgres:18', '-c', start)
  await untilInside(host, 'pg_isready', '-h', '127.0.0.1', '-U', 'tasktrail')
}

function openssl(folder: string, line: string): void {
  execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' })
}
