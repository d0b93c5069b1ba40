import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { clockRoutes } from './clock.ts'
import { costRoutes } from './cost.ts'
import { eventRoutes } from './events.ts'
import { faultRoutes } from './faults.ts'
import { fidelityRoutes } from './fidelity.ts'
import { hostRoutes } from './hosts.ts'
import { imageRoutes } from './images.ts'
import { infoRoutes } from './info.ts'
import { instanceRoutes } from './instances.ts'
import { metricsRoutes } from './metrics.ts'
import { webhookRoutes } from './webhooks.ts'
import { keyRoutes } from './keys.ts'
import { spotRoutes } from './spot.ts'
import { systemEventRoutes } from './system-events.ts'
import { trafficRoutes } from './traffic.ts'
import { worldRoutes } from './world.ts'

/** Every path of the control API there is. */
export const routes: readonly Route[] = [
  ...infoRoutes,
  ...metricsRoutes,
  ...fidelityRoutes,
  ...clockRoutes,
  ...worldRoutes,
  ...instanceRoutes,
  ...hostRoutes,
  ...imageRoutes,
  ...systemEventRoutes,
  ...spotRoutes,
  ...accountRoutes,
  ...keyRoutes,
  ...costRoutes,
  ...trafficRoutes,
  ...eventRoutes,
  ...webhookRoutes,
  ...faultRoutes,
]
