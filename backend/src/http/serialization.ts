// Serialises answers: by functions compiled from their schemas, each when it is first needed.
import compile, { type Schema } from 'fast-json-stringify'

type Serialize = (answer: unknown) => string

/**
 * Returns the compiler for the schema of a route's answers, which may refer to the `shared` ones by name. Routes with the
 * same schema share a function. None is compiled before its first answer, because all together take half a second of
 * each start.
 */
export function serializerCompiler(shared: Record<string, unknown>) {
  const external = shared as Record<string, Schema>
  // Formats say how input is read. An answer is not checked for them, only told apart by its kind.
  const options = { schema: external, ajv: { validateFormats: false } }
  const compiled = new Map<string, Serialize>()
  const compileOnce = (schema: Schema): Serialize => {
    const shape = JSON.stringify(schema)
    const serialize = compiled.get(shape) ?? compile(schema, options)
    compiled.set(shape, serialize)
    return serialize
  }
  return ({ schema }: { schema: Schema }): Serialize => {
    let serialize: Serialize | undefined
    return (answer) => (serialize ??= compileOnce(schema))(answer)
  }
}
