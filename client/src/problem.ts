import type { Problem, ProblemCode, UndoProblem, UpdateProblem } from './generated/types.ts'

/** The problem documents that say more than others, by their code. */
interface Problems {
  version_conflict: UpdateProblem
  undo_conflict: UndoProblem
}

type ProblemOf<Code extends ProblemCode> = Code extends keyof Problems ? Problems[Code] : Problem

/** The service refused the request. Switch on `code`. */
export class ProblemError<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'ProblemError'
  readonly code: Code
  readonly status: number
  /** Finds the request in the service's log. */
  readonly requestId: string
  /** The document, with what some codes add: `errors`, `conflicts`, `version`, ... */
  readonly problem: ProblemOf<Code>
  /** Seconds after which it may be tried again, where the service says so. */
  readonly retryAfter: number | undefined

  constructor(problem: ProblemOf<Code>, retryAfter?: number) {
    super(problem.detail)
    this.code = problem.code as Code
    this.status = problem.status
    this.requestId = problem.request_id
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

/** No answer of the service came: no network, no server, or something in between that answered in its place. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** Whether the service refused for this reason, or for any if none is named. */
export function isProblem(error: unknown): error is ProblemError
export function isProblem<Code extends ProblemCode>(error: unknown, code: Code): error is ProblemError<Code>
export function isProblem(error: unknown, code?: ProblemCode): boolean {
  return error instanceof ProblemError && (code === undefined || error.code === code)
}

export const retryAfterOf = (response: Response): number | undefined => {
  const seconds = response.headers.get('retry-after')
  return seconds === null ? undefined : Number(seconds) || undefined
}

/** The error that an answer of 400 or above is. */
export async function errorOf(response: Response): Promise<ProblemError | ConnectionError> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json')) {
    const problem = (await response.json()) as Problem
    return new ProblemError(problem, retryAfterOf(response))
  }
  return new ConnectionError(`Something other than the service answered, with status ${response.status}.`)
}

/** Whether the same may succeed later. */
export const mayPass = (error: unknown): error is Error =>
  error instanceof ConnectionError ||
  (error instanceof ProblemError &&
    (error.status === 429 || error.status === 503 || error.code === 'request_in_progress'))
