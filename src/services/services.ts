import type { ArrearsService } from './arrears.ts'
import type { InstanceService } from './instances.ts'
import type { CreationService } from './creation.ts'
import type { ReactivationService } from './reactivation.ts'
import type { SystemEventService } from './system-events.ts'

/** The use cases that operations call. */
export interface Services {
  readonly instances: InstanceService
  readonly creation: CreationService
  readonly systemEvents: SystemEventService
  readonly arrears: ArrearsService
  readonly reactivation: ReactivationService
}
