// How answers become JSON: by functions that are compiled from their schemas when the service starts.
import compile, { type Schema } from 'fast-json-stringify'

type Serialize = (answer: unknown) => string

/**
 * Makes what compiles the schema of a route's answers, which may refer to the `shared` ones by name. Routes that answer
 * in the same shape share a function, because compiling one takes two milliseconds of each start.
 */
export function serializerCompiler(shared: Record<string, unknown>) {
  const external = shared as Record<string, Schema>
  const compiled = new Map<string, Serialize>()
  return ({ schema }: { schema: Schema }): Serialize => {
    const shape = JSON.stringify(schema)
    const serialize = compiled.get(shape) ?? compile(schema, { schema: external })
    compiled.set(shape, serialize)
    return serialize
  }
}
