import type { InstanceService } from './instances.ts'
import type { CreationService } from './creation.ts'
import type { SubscriptionService } from './subscriptions.ts'
import type { SystemEventService } from './system-events.ts'

/** The use cases that operations call. */
export interface Services {
  readonly instances: InstanceService
  readonly creation: CreationService
  readonly subscriptions: SubscriptionService
  readonly systemEvents: SystemEventService
}
