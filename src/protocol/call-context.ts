import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Random } from '../platform/random.ts'
import type { FaultRules } from '../services/faults/faults.ts'
import type { Services } from '../services/services.ts'
import type { AccountFacts } from '../domain/instances/types.ts'
import type { AccessKey } from '../store/tables/identity/accounts.ts'
import type { Nonces } from '../store/tables/identity/nonces.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Journal } from './journal.ts'
import type { AnyOperation } from './operation.ts'

/** An access key with the account that it belongs to. */
export interface KeyOfAccount {
  readonly key: AccessKey
  readonly account: AccountFacts
}

/** What the protocol layer works with; built once in world.ts. */
export interface CallContext {
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
  /** Undefined when there is no such access key. */
  findAccessKey(tx: Tx, id: string): Promise<KeyOfAccount | undefined>
  findAccount(tx: Tx, id: string): Promise<AccountFacts | undefined>
  /** By version and action, as in `2014-05-26 StopInstances`. */
  readonly operationsByName: ReadonlyMap<string, AnyOperation>
  wallNow(): number
}
