import { defineRoute } from '../route.ts'

export const infoRoutes = [
  defineRoute({
    method: 'GET',
    path: '/health',
    summary: 'Answers when the server does.',
    handle: async () => ({ json: { status: 'ok' } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/info',
    summary: 'Version, settings and instance time.',
    async handle({ version, config, clock, services }) {
      const { store, auth, clock: mode, timeScale } = config
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
