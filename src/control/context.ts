import type { AppConfig } from '../app.ts'
import type { LifecycleEngine } from '../engine/engine.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Journal } from '../protocol/journal.ts'
import type { EventLog } from '../services/events/events.ts'
import type { FaultRules } from '../services/faults/faults.ts'
import type { Services } from '../services/services.ts'
import type { SeedService } from '../services/world/seeding.ts'
import type { WorldService } from '../services/world/dump.ts'
import type { Store } from '../store/store.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'

/** What the control API works on. */
export interface ControlContext {
  readonly version: string
  readonly config: AppConfig
  readonly clock: Clock
  readonly engine: LifecycleEngine
  readonly store: Store
  readonly services: Services
  readonly seeding: SeedService
  readonly world: WorldService
  readonly events: EventLog
  readonly webhooks: Webhooks
  readonly faults: FaultRules
  readonly journal: Journal
  readonly metrics: Metrics
  /** Whether the server has been told to end and waits for its callers to go elsewhere. */
  readonly isDraining: () => boolean
  /** Makes a copy of this world on a port of its own. */
  readonly fork: () => Promise<{ readonly endpoint: string }>
  readonly log: Log
}
