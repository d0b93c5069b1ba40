import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { clockRoutes } from './clock.ts'
import { costRoutes } from './cost.ts'
import { eventRoutes } from './events.ts'
import { faultRoutes } from './faults.ts'
import { infoRoutes } from './info.ts'
import { instanceRoutes } from './instances.ts'
import { worldRoutes } from './world.ts'

/** Every path of the control API there is. */
export const routes: readonly Route[] = [
  ...infoRoutes,
  ...clockRoutes,
  ...worldRoutes,
  ...instanceRoutes,
  ...accountRoutes,
  ...costRoutes,
  ...eventRoutes,
  ...faultRoutes,
]
