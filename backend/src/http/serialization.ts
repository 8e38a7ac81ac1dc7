// Serialises answers: by functions compiled from their schemas at start.
import compile, { type Schema } from 'fast-json-stringify'

type Serialize = (answer: unknown) => string

/**
 * Returns the compiler for the schema of a route's answers, which may refer to the `shared` ones by name. Routes with the
 * same schema share a function, because compiling one adds two milliseconds to each start.
 */
export function serializerCompiler(shared: Record<string, unknown>) {
  const external = shared as Record<string, Schema>
  // Formats say how input is read. An answer is not checked for them, only told apart by its kind.
  const options = { schema: external, ajv: { validateFormats: false } }
  const compiled = new Map<string, Serialize>()
  return ({ schema }: { schema: Schema }): Serialize => {
    const shape = JSON.stringify(schema)
    const serialize = compiled.get(shape) ?? compile(schema, options)
    compiled.set(shape, serialize)
    return serialize
  }
}
