import { webhookDefinition } from '../../webhooks/definition.ts'
import { ControlError, defineRoute } from '../route.ts'

export const webhookRoutes = [
  defineRoute({
    method: 'GET',
    path: '/webhooks',
    summary: 'Where events are sent: the filters, how many are pending, the last error and the next try.',
    handle: async ({ webhooks }) => ({ json: { webhooks: await webhooks.list() } }),
  }),
  defineRoute({
    method: 'POST',
    path: '/webhooks',
    summary: 'Sends events to a URL from now on; answers the id, and the secret that signs them, this once.',
    body: webhookDefinition,
    handle: async ({ webhooks }, { body }) => ({ json: await webhooks.add(body) }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/webhooks/{id}',
    summary: 'Ends a webhook; what it has not accepted yet is dropped.',
    async handle({ webhooks }, { param }) {
      if (!(await webhooks.remove(param('id')))) throw new ControlError(404, `There is no webhook ${param('id')}.`)
      return { json: {} }
    },
  }),
]
