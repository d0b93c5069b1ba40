import type { ArrearsService } from './billing/arrears.ts'
import type { EipService } from './network/eips.ts'
import type { PowerParts } from './instances/batch.ts'
import type { InstanceService } from './instances/instances.ts'
import type { RealMachines } from '../compute/driver.ts'
import type { HostService } from './hosts/hosts.ts'
import type { ImageService } from './images/images.ts'
import type { CreationService } from './instances/creation.ts'
import type { ReactivationService } from './instances/reactivation.ts'
import type { SpotMarket } from './spot/market.ts'
import type { SubscriptionService } from './billing/subscriptions.ts'
import type { SystemEventService } from './system-events/system-events.ts'

/** The use cases that operations call. */
export interface Services {
  readonly instances: InstanceService
  /** With which instances are stopped, started, rebooted and released. */
  readonly power: PowerParts
  readonly creation: CreationService
  readonly eips: EipService
  readonly subscriptions: SubscriptionService
  readonly systemEvents: SystemEventService
  readonly images: ImageService
  readonly hosts: HostService
  /** What this server runs; undefined where that is nothing. */
  readonly machines: RealMachines | undefined
  readonly market: SpotMarket
  readonly arrears: ArrearsService
  readonly reactivation: ReactivationService
}
