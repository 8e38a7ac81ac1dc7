// How answers become JSON: by functions that are compiled from their schemas when the service starts.
import compile, { type Schema } from 'fast-json-stringify'

type Serialize = (answer: unknown) => string

/**
 * Makes what compiles a route's schema for answers, which may refer to the `shared` ones by their name in it. Routes that answer in the
 * same shape share one function: compiling one takes two milliseconds of each start, and there are three times as many routes.
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
