/** The variables of the service, as its own config.ts reads and checks them: no list here can be out of date. */
import { randomBytes } from 'node:crypto'
import { loadConfig } from '../../backend/src/config.ts'

/** What the stack gives the service itself, so that the rest can be read and checked. */
const given = () => ({
  DATABASE_URL: 'postgresql://role@host/database',
  JWT_SECRET_KEY: randomBytes(48).toString('base64'),
})

/** A secret of Secrets Manager, by its complete ARN. */
const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/
export const isSecretArn = (value: string) => SECRET_ARN.test(value)

/** Every variable by name; true if it holds a secret, which config.ts also takes from a file. */
export function serviceVariables(): Map<string, boolean> {
  const asked = new Set<string>()
  // With an endpoint, so that the rest of the OTEL_* variables are read too.
  const env: Record<string, string> = { ...given(), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' }
  loadConfig(
    new Proxy(env, {
      get(target, name) {
        asked.add(String(name))
        return target[String(name)]
      },
    }),
  )
  const names = [...asked].filter((name) => !(name.endsWith('_FILE') && asked.has(name.slice(0, -5))))
  return new Map(names.map((name) => [name, asked.has(`${name}_FILE`)]))
}

/** What is wrong with the chosen variables, a sentence for each. */
export function mistakesIn(chosen: Readonly<Record<string, string>>): string[] {
  const known = serviceVariables()
  const mistakes = Object.entries(chosen).flatMap(([name, value]) => {
    if (!known.has(name)) return [`${name} is not a variable of the service`]
    if (known.get(name) && !isSecretArn(value)) return [`${name} must be the ARN of the secret that holds it`]
    return []
  })
  const plain = Object.entries(chosen).filter(([name, value]) => known.has(name) && !isSecretArn(value))
  try {
    loadConfig({ NODE_ENV: 'production', ...Object.fromEntries(plain), ...given() })
  } catch (error) {
    mistakes.push(
      ...(error as Error).message
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^ *- /, '')),
    )
  }
  return mistakes
}
