import type { InstanceService } from './instances.ts'
import type { RealMachines } from '../compute/driver.ts'
import type { ImageService } from './images.ts'
import type { CreationService } from './creation.ts'
import type { SystemEventService } from './system-events.ts'

/** The use cases that operations call. */
export interface Services {
  readonly instances: InstanceService
  readonly creation: CreationService
  readonly systemEvents: SystemEventService
  readonly images: ImageService
  /** Undefined where machines exist on paper. */
  readonly machines: RealMachines | undefined
}
