import { z } from 'zod'
import { findError } from '../../protocol/catalogue.ts'
import type { ErrorFields, FaultEffect, FaultState } from '../../protocol/faults.ts'
import { ControlError, defineRoute } from '../route.ts'

const error = z.strictObject({
  code: z.string().min(1).max(200),
  httpStatus: z.number().int().min(400).max(599).optional(),
  message: z.string().max(2000).optional(),
})

const effects = {
  error: error.optional(),
  throttle: z.strictObject({ retryAfterMs: z.number().int().min(0).max(120_000).default(1000) }).optional(),
  latencyMs: z.number().int().min(1).max(600_000).optional(),
  drop: z.enum(['before', 'after']).optional(),
  errorAfterCommit: error.optional(),
}
const effectNames = Object.keys(effects) as (keyof typeof effects)[]

const rule = z
  .strictObject({
    action: z.string().optional(),
    instanceId: z.string().optional(),
    region: z.string().optional(),
    account: z.string().optional(),
    nth: z.number().int().min(1).optional(),
    probability: z.number().min(0).max(1).optional(),
    times: z.number().int().min(1).optional(),
    ...effects,
  })
  .refine(one => effectNames.filter(name => one[name] !== undefined).length === 1, {
    message: `give one of ${effectNames.join(', ')}`,
  })

export const faultRoutes = [
  defineRoute({
    method: 'GET',
    path: '/faults',
    summary: 'The fault rules, in the order in which they are tried, with how often each was met.',
    handle: async ({ faults }) => ({ json: { faults: faults.list().map(describe) } }),
  }),
  defineRoute({
    method: 'POST',
    path: '/faults',
    summary: 'Adds a fault rule: which calls (conditions), how often, and one effect. The first that fits wins.',
    body: rule,
    async handle({ faults }, { body }) {
      const { action, instanceId, region, account, nth, probability, times, ...effect } = body
      const conditions = { action, instanceId, region, account, nth, probability, times }
      return { json: describe(faults.add({ ...conditions, effect: readEffect(effect) })) }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/faults',
    summary: 'Takes all fault rules away.',
    async handle({ faults }) {
      faults.clear()
      return { json: {} }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/faults/{id}',
    summary: 'Takes a fault rule away.',
    async handle({ faults }, { param }) {
      if (!faults.remove(param('id'))) throw new ControlError(404, `There is no fault ${param('id')}.`)
      return { json: {} }
    },
  }),
]

type EffectBody = Pick<z.output<typeof rule>, keyof typeof effects>

function readEffect(body: EffectBody): FaultEffect {
  if (body.error !== undefined) return { kind: 'error', error: complete(body.error, 'error') }
  if (body.throttle !== undefined) return { kind: 'throttle', retryAfterMs: body.throttle.retryAfterMs }
  if (body.latencyMs !== undefined) return { kind: 'latency', latencyMs: body.latencyMs }
  if (body.errorAfterCommit !== undefined) {
    return { kind: 'error-after-commit', error: complete(body.errorAfterCommit, 'errorAfterCommit') }
  }
  return { kind: 'drop', when: body.drop ?? 'before' }
}

/** A code of the catalogue brings its status and text; another one needs a status. */
function complete({ code, httpStatus, message }: z.output<typeof error>, where: string): ErrorFields {
  const known = findError(code)
  const status = httpStatus ?? known?.status
  if (status === undefined) {
    throw new ControlError(
      400,
      `${where}.httpStatus: no operation has the code "${code}", so say which status it comes with.`,
    )
  }
  return { code, status, message: message ?? known?.message ?? `Injected: ${code}.` }
}

function describe({ id, rule: { effect, ...conditions }, seen, struck }: FaultState) {
  return { id, ...conditions, effect, seen, struck }
}
