import { alive, readHealth } from '../health.ts'
import { defineRoute } from '../route.ts'

export const infoRoutes = [
  defineRoute({
    method: 'GET',
    path: '/health',
    summary:
      'Whether the server is to be given calls; 503 when its store is out of reach or it is about to end. Asks for no token.',
    async handle(context) {
      const { httpStatus, status } = await readHealth(context)
      return { status: httpStatus, json: { status } }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/live',
    summary: 'Always 200: the process answers, whatever its store does. Asks for no token.',
    async handle() {
      return { json: alive }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/info',
    summary: 'Version, settings and instance time.',
    async handle({ version, config, clock, services, store: { shared, description } }) {
      const { auth, clock: mode, timeScale } = config
      // An address may have a password in it, its description has none.
      const store = shared === undefined ? config.store : description
      return {
        json: {
          version,
          settings: { store, auth, clock: mode, timeScale },
          compute: services.machines?.description ?? 'simulated',
          now: new Date(clock.now()).toISOString(),
        },
      }
    },
  }),
]
