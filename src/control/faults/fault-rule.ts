import { z } from 'zod'
import { findRegion } from '../../domain/catalogue/regions.ts'
import type { ErrorFields } from '../../domain/faults/errors.ts'
import type { FaultEffect, FaultRule, TagCondition } from '../../domain/faults/rule.ts'
import { operations } from '../../operations/index.ts'
import { findError } from '../../protocol/errors.ts'
import type { FaultState } from '../../store/tables/faults.ts'

const actions = new Set(operations.map(operation => operation.action))

/** A code of the catalogue brings its status and text; another one needs a status. */
const error = z
  .strictObject({
    code: z.string().min(1).max(200),
    httpStatus: z.number().int().min(400).max(599).optional(),
    message: z.string().max(2000).optional(),
  })
  .transform(({ code, httpStatus, message }, context): ErrorFields => {
    const known = findError(code)
    const status = httpStatus ?? known?.status
    if (status !== undefined) return { code, status, message: message ?? known?.message ?? `Injected: ${code}.` }
    const text = `no operation has the code "${code}", so say which status it comes with`
    context.addIssue({ code: 'custom', path: ['httpStatus'], message: text })
    return z.NEVER
  })

const answered = (about: string) => error.describe(about).optional()
const seconds = z
  .number()
  .int()
  .min(1)
  .max(366 * 86_400)

const effects = {
  error: answered('The call is answered with it, and nothing is done. A code of ours brings status and text.'),
  throttle: z
    .strictObject({ retryAfterMs: z.number().int().min(0).max(120_000).default(1000) })
    .describe('The call is answered Throttling.User, with the time in the header x-acs-retry-after.')
    .optional(),
  latencyMs: z.number().int().min(1).max(600_000).describe('Done at once, answered later; real time.').optional(),
  drop: z
    .enum(['before', 'after'])
    .describe('The connection breaks: before anything is done, or after all is done.')
    .optional(),
  errorAfterCommit: answered('The call is answered with it, but its work is done.'),
  refuse: answered('The order is refused for this instance of the batch.'),
  stuck: z.literal(true).describe('A normal stop stays in Stopping until somebody forces it.').optional(),
  slowGuestSeconds: seconds
    .describe('The guest takes so long to shut down; normal stop, reboot, graceful release.')
    .optional(),
  revert: z
    .strictObject({
      reason: z.string().min(1).max(500).default('a fault rule took the order back'),
      afterSeconds: seconds.optional(),
    })
    .describe('Accepted, and taken back when it would have been done, or after so long.')
    .optional(),
  staleSeconds: seconds.describe('Queries go on showing the instance as it was.').optional(),
  driverFails: z.number().int().min(1).max(1000).describe('So many tries to drive the machine fail.').optional(),
}
type EffectName = keyof typeof effects
const effectNames = Object.keys(effects) as EffectName[]

export const faultConditions = {
  action: z
    .string()
    .refine(name => actions.has(name), 'there is no such operation here')
    .describe('The call, or the call that an instance is ordered by.')
    .optional(),
  instanceId: z.string().min(1).describe('The instance; a call fits when it names it.').optional(),
  tag: z.string().min(1).describe('A tag of the instance: env=dev, or env for any value.').optional(),
  region: z
    .string()
    .refine(id => findRegion(id) !== undefined, 'there is no such region')
    .optional(),
  account: z.string().min(1).optional(),
  nth: z.number().int().min(1).describe('Only the nth call or instance that fits.').optional(),
  probability: z.number().min(0).max(1).describe('This part of those that fit.').optional(),
  times: z.number().int().min(1).describe('At most so many.').optional(),
}

/** A fault rule as the control API and the library take it: conditions, how often, and exactly one effect. */
export const faultRule = z
  .strictObject({ ...faultConditions, ...effects })
  .refine(one => effectNames.filter(name => one[name] !== undefined).length === 1, {
    message: `give one of ${effectNames.join(', ')}`,
  })
  .describe(`Conditions, all optional, and exactly one of ${effectNames.join(', ')}.`)
export type FaultRuleInput = z.input<typeof faultRule>
type FaultRuleBody = z.output<typeof faultRule>

export function toFaultRule(body: FaultRuleBody): FaultRule {
  const { action, instanceId, tag, region, account, nth, probability, times } = body
  const place = { action, instanceId, tag: tag === undefined ? undefined : readTag(tag), region, account }
  return { ...place, nth, probability, times, effect: readEffect(body) }
}

function readTag(text: string): TagCondition {
  const at = text.indexOf('=')
  return at === -1 ? { key: text, value: undefined } : { key: text.slice(0, at), value: text.slice(at + 1) }
}

function readEffect(body: FaultRuleBody): FaultEffect {
  if (body.error !== undefined) return { kind: 'error', error: body.error }
  if (body.throttle !== undefined) return { kind: 'throttle', retryAfterMs: body.throttle.retryAfterMs }
  if (body.latencyMs !== undefined) return { kind: 'latency', latencyMs: body.latencyMs }
  if (body.drop !== undefined) return { kind: 'drop', when: body.drop }
  if (body.errorAfterCommit !== undefined) return { kind: 'error-after-commit', error: body.errorAfterCommit }
  if (body.refuse !== undefined) return { kind: 'refuse', error: body.refuse }
  if (body.slowGuestSeconds !== undefined) return { kind: 'slow-guest', seconds: body.slowGuestSeconds }
  if (body.staleSeconds !== undefined) return { kind: 'stale', seconds: body.staleSeconds }
  if (body.driverFails !== undefined) return { kind: 'driver-failure', tries: body.driverFails }
  if (body.revert === undefined) return { kind: 'stuck' }
  return { kind: 'revert', reason: body.revert.reason, afterSeconds: body.revert.afterSeconds }
}

/** A rule in the form in which it was given, with how often it was met. */
export function describeFault({ id, rule, seen, struck }: FaultState) {
  const { effect, tag, ...conditions } = rule
  const tagText = tag === undefined ? undefined : [tag.key, tag.value].filter(part => part !== undefined).join('=')
  return { id, ...conditions, tag: tagText, ...writeEffect(effect), seen, struck }
}

function writeEffect(effect: FaultEffect): Partial<Record<EffectName, unknown>> {
  const wire = ({ code, status: httpStatus, message }: ErrorFields) => ({ code, httpStatus, message })
  switch (effect.kind) {
    case 'error':
      return { error: wire(effect.error) }
    case 'throttle':
      return { throttle: { retryAfterMs: effect.retryAfterMs } }
    case 'latency':
      return { latencyMs: effect.latencyMs }
    case 'drop':
      return { drop: effect.when }
    case 'error-after-commit':
      return { errorAfterCommit: wire(effect.error) }
    case 'refuse':
      return { refuse: wire(effect.error) }
    case 'stuck':
      return { stuck: true }
    case 'slow-guest':
      return { slowGuestSeconds: effect.seconds }
    case 'revert':
      return { revert: { reason: effect.reason, afterSeconds: effect.afterSeconds } }
    case 'stale':
      return { staleSeconds: effect.seconds }
    case 'driver-failure':
      return { driverFails: effect.tries }
  }
}
