import { z } from 'zod'
import { findRegion } from '../../domain/catalogue/regions.ts'
import type { FaultRule, TagCondition } from '../../domain/faults/rule.ts'
import { operations } from '../../operations/index.ts'
import type { FaultState } from '../../store/tables/faults.ts'
import { effectNames, effectSchemas, hasOneEffect, readEffect, writeEffect } from './effects.ts'

const actions = new Set(operations.map(operation => operation.action))

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
  .strictObject({ ...faultConditions, ...effectSchemas })
  .refine(hasOneEffect, { message: `give one of ${effectNames.join(', ')}` })
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

export type ShownFault = ReturnType<typeof describeFault>

/** A rule in the form in which it was given, with how often it was met. */
export function describeFault({ id, rule, seen, struck }: FaultState) {
  const { effect, tag, ...conditions } = rule
  const tagText = tag === undefined ? undefined : [tag.key, tag.value].filter(part => part !== undefined).join('=')
  return { id, ...conditions, tag: tagText, ...writeEffect(effect), seen, struck }
}
