import { z } from 'zod'
import { describeFault, faultConditions, faultRule, toFaultRule } from '../faults/fault-rule.ts'
import { ControlError, defineRoute } from '../route.ts'
import { scenarioRules } from '../faults/scenario-rules.ts'
import { scenarios } from '../faults/scenarios.ts'

export const faultRoutes = [
  defineRoute({
    method: 'GET',
    path: '/faults',
    summary: 'The fault rules, in the order in which they are tried, with how often each was met.',
    handle: async ({ faults }) => ({ json: { faults: (await faults.list()).map(describeFault) } }),
  }),
  defineRoute({
    method: 'POST',
    path: '/faults',
    summary:
      'Adds a fault rule: which calls or instances (conditions), how often, and one effect. The first that fits wins.',
    body: faultRule,
    async handle({ faults }, { body }) {
      const [added] = await faults.add([toFaultRule(body)])
      return { json: added === undefined ? {} : describeFault(added) }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/faults',
    summary: 'Takes all fault rules away.',
    async handle({ faults }) {
      await faults.clear()
      return { json: {} }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/faults/{id}',
    summary: 'Takes a fault rule away.',
    async handle({ faults }, { param }) {
      if (!(await faults.remove(param('id')))) throw new ControlError(404, `There is no fault ${param('id')}.`)
      return { json: {} }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/scenarios',
    summary: 'The gallery of named faults: what happens in each, and the rules it is made of.',
    handle: async () => ({ json: { scenarios } }),
  }),
  defineRoute({
    method: 'POST',
    path: '/scenarios/{name}',
    summary: "Adds a scenario's rules; conditions in the body narrow them: an action leaves only the rules about it.",
    body: z.strictObject(faultConditions),
    async handle({ faults }, { param, body }) {
      const rules = scenarioRules(param('name'), body).map(rule => toFaultRule(faultRule.parse(rule)))
      return { json: { faults: (await faults.add(rules)).map(describeFault) } }
    },
  }),
]
