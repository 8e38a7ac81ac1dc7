// Holds every answer a test sees against what the OpenAPI document promises for it.
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Answer } from './harness.ts'

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: { Problem: { properties: object } } }
}

/** Never in an answer, at any depth. */
const FORBIDDEN = /password_hash|\$argon2|field_versions/

export function responseChecker(openapi: unknown) {
  const document = openapi as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(openapi as object, 'openapi')
  const validators = new Map<string, ValidateFunction>()
  const routes = Object.entries(document.paths).map(([template, operations]) => ({
    template,
    operations,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  // The more literal path wins: /users/me before /users/{id}.
  routes.sort((a, b) => a.template.split('{').length - b.template.split('{').length)

  const pointer = (...parts: string[]) =>
    `openapi#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

  return function check(method: string, url: string, { status, headers, body }: Answer): void {
    const text = JSON.stringify(body)
    assert(!FORBIDDEN.test(text), `${method} ${url} answers what it must not: ${FORBIDDEN.exec(text)?.[0]}`)
    assert(status < 500 || status === 503, `${method} ${url} answered ${status}: ${text}`)
    const { pathname } = new URL(url)
    const route = routes.find(({ pattern }) => pattern.test(pathname))
    const operation = route?.operations[method.toLowerCase()]
    if (status >= 400) {
      assert.equal(headers.get('content-type'), 'application/problem+json', `${method} ${url}`)
      assert.equal(body.status, status)
      assertValid(pointer('components', 'schemas', 'Problem'), method, url, body)
      for (const member of Object.keys(body))
        assert(member in document.components.schemas.Problem.properties, `Problem has no ${member}`)
    } else if (route && operation && status !== 304) {
      const content = operation.responses[String(status)]
      assert(content, `${method} ${route.template} answered ${status}, which it does not declare`)
      if (content.content && !('application/json' in content.content)) return
      if (content.content)
        assertValid(
          pointer(
            'paths',
            route.template,
            method.toLowerCase(),
            'responses',
            String(status),
            'content',
            'application/json',
            'schema',
          ),
          method,
          url,
          body,
        )
      else assert.equal(body, '')
    }
  }

  function assertValid(ref: string, method: string, url: string, body: unknown): void {
    let validate = validators.get(ref)
    if (!validate) validators.set(ref, (validate = ajv.compile({ $ref: ref })))
    assert(
      validate(body),
      `${method} ${url} answers other than it declares: ${JSON.stringify(validate.errors)}\n${JSON.stringify(body)}`,
    )
  }
}
