import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Random } from '../platform/random.ts'
import type { FaultRules } from '../services/faults/faults.ts'
import type { Services } from '../services/services.ts'
import type { Nonces } from '../store/tables/identity/nonces.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'
import type { AnyOperation } from './operation.ts'

/** What the protocol layer works with; built once in app.ts. */
export interface Gateway {
  readonly store: Store
  readonly services: Services
  readonly clock: Clock
  readonly random: Random
  readonly nonces: Nonces
  readonly faults: FaultRules
  readonly journal: Journal
  readonly metrics: Metrics
  readonly log: Log
  /** `off` takes every caller for the default account. */
  readonly auth: 'on' | 'off'
  readonly defaultAccountId: string
  /** The operation for a version and an action. */
  findOperation(version: string, action: string): AnyOperation | undefined
  wallNow(): number
}
