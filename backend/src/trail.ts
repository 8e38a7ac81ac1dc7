import { sql, type Sql } from './sql.ts'

/** Who makes a change, and in which operation; null is the system itself. */
export interface Author {
  readonly id: string | null
  readonly operation: string
}

/**
 * Names the author of the changes a statement makes, for their events. Always true: put it into the where clause.
 * The database refuses a change of a tracked table whose transaction has not named one.
 */
export const recordAs = (author: Author): Sql => sql`record_as(${author.id}, ${author.operation})`
