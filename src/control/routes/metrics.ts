import { defineRoute } from '../route.ts'

export const metricsRoutes = [
  defineRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'Figures about calls, instances, jobs, events, webhooks, the store and the process, for Prometheus.',
    produces: 'text/plain',
    async handle(context) {
      // Loaded with the first request: most servers are never asked.
      const { renderMetrics } = await import('../metrics/families.ts')
      return renderMetrics(context)
    },
  }),
]
