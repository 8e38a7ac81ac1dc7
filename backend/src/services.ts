import { createGate } from './accounts/auth/authenticate.ts'
import { createThrottle } from './accounts/auth/throttle.ts'
import { createTokens } from './accounts/auth/tokens.ts'
import type { Config } from './config.ts'
import type { Db } from './database/db.ts'
import { openStore } from './store/open.ts'
import { pager } from './http/pages.ts'
import { createTrail } from './trail/trail.ts'

export type Services = ReturnType<typeof createServices>

/** What routes may need besides the request itself. */
export function createServices(config: Config, db: Db) {
  const tokens = createTokens(config.jwtSecret, config.accessTtl, config.acceptedJwtSecret)
  return {
    config,
    tokens,
    throttle: createThrottle(db, config.jwtSecret, config.rateLimit),
    gate: createGate(db, tokens, config.sessionIdleTtl),
    ...pager(config.jwtSecret),
    trail: createTrail(db),
    store: openStore(config),
    /** Set on SIGTERM: readiness fails, so that no new requests arrive, while those in flight finish. */
    lifecycle: { draining: false },
  }
}
