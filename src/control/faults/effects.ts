import { z } from 'zod'
import type { ErrorFields } from '../../domain/faults/errors.ts'
import type { FaultEffect } from '../../domain/faults/rule.ts'
import { dayMs } from '../../domain/time.ts'
import { findError } from '../../protocol/errors.ts'
import { type Flag, flag, readCount, readMs, readSeconds } from './flag.ts'

type Facts<Kind extends FaultEffect['kind']> = Omit<Extract<FaultEffect, { kind: Kind }>, 'kind'>

/** All that an effect is outside the domain: its value in JSON, its words, and its flag. */
export interface EffectForm<
  Kind extends FaultEffect['kind'] = FaultEffect['kind'],
  Schema extends z.ZodType = z.ZodType,
> {
  readonly kind: Kind
  /** Of the value in a rule, in which the effect's name is the key. */
  readonly schema: Schema
  read(value: z.output<Schema>): Facts<Kind>
  write(effect: Facts<Kind>): z.input<Schema>
  /** What happens, in a few words. */
  describe(value: z.input<Schema>): string
  readonly flag: Flag
  /** Flags that say more about the effect; several effects may have the same. */
  readonly details?: Readonly<Record<string, Flag>>
  /** The value that the flags stand for; without it, what `flag` has read. */
  join?(value: unknown, details: Readonly<Record<string, unknown>>): Record<string, unknown>
}

function effect<const Kind extends FaultEffect['kind'], Schema extends z.ZodType>(
  kind: Kind,
  form: Omit<EffectForm<Kind, Schema>, 'kind'>,
): EffectForm<Kind, Schema> {
  return { kind, ...form }
}

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

const errorDetails = {
  status: flag('--status <n>', 'the HTTP status of the error; one of ours brings its own', readCount),
  message: flag('--message <text>', 'the text of the error; one of ours brings its own', text => text),
}

function readCode(text: string): string {
  if (text === '') throw new Error('name a code like InternalError')
  return text
}

type ErrorKind = Extract<FaultEffect, { error: ErrorFields }>['kind']

/** An effect that is an error: where it strikes differs, how it is given does not. */
function errorEffect(kind: ErrorKind, says: { about: string; words: string; flag: string; flagAbout: string }) {
  return effect<ErrorKind, typeof error>(kind, {
    schema: error.describe(says.about),
    read: fields => ({ error: fields }),
    write: ({ error: { code, status: httpStatus, message } }) => ({ code, httpStatus, message }),
    describe: ({ code, httpStatus }) => `${says.words} ${httpStatus === undefined ? code : `${httpStatus} ${code}`}`,
    flag: flag(`${says.flag} <code>`, says.flagAbout, readCode),
    details: errorDetails,
    join: (code, { status: httpStatus, message }) => ({ code, httpStatus, message }),
  })
}

const seconds = z
  .number()
  .int()
  .min(1)
  .max((366 * dayMs) / 1000)

/** Every effect that a fault rule can have, by its key in JSON; docs/faults.md describes them. */
export const effects = {
  error: errorEffect('error', {
    about: 'The call is answered with it, and nothing is done. A code of ours brings status and text.',
    words: 'error',
    flag: '--error',
    flagAbout: 'the call is answered with this error, and nothing is done',
  }),
  throttle: effect('throttle', {
    schema: z
      .strictObject({ retryAfterMs: z.number().int().min(0).max(120_000).default(1000) })
      .describe('The call is answered Throttling.User, with the time in the header x-acs-retry-after.'),
    read: ({ retryAfterMs }) => ({ retryAfterMs }),
    write: ({ retryAfterMs }) => ({ retryAfterMs }),
    describe: ({ retryAfterMs }) => `throttled for ${retryAfterMs} ms`,
    flag: {
      form: '--throttle [ms]',
      about: 'the call is throttled, and told to come back after so long (default 1000)',
      parse(text) {
        if (text === true) return {}
        return { retryAfterMs: /^\d{1,9}$/.test(text) ? Number(text) : readMs(text) }
      },
    },
  }),
  latencyMs: effect('latency', {
    schema: z.number().int().min(1).max(600_000).describe('Done at once, answered later; real time.'),
    read: latencyMs => ({ latencyMs }),
    write: ({ latencyMs }) => latencyMs,
    describe: ms => `answered ${ms} ms later`,
    flag: flag('--latency <duration>', 'the call is done at once and answered later, like 2s; real time', readMs),
  }),
  drop: effect('drop', {
    schema: z
      .enum(['before', 'after'])
      .describe('The connection breaks: before anything is done, or after all is done.'),
    read: when => ({ when }),
    write: ({ when }) => when,
    describe: when => `connection breaks, ${when === 'before' ? 'nothing' : 'all'} done`,
    flag: flag('--drop <before|after>', 'the connection breaks, before or after the work', text => {
      if (text === 'before' || text === 'after') return text
      throw new Error(`"${text}" must be before or after (the work)`)
    }),
  }),
  errorAfterCommit: errorEffect('error-after-commit', {
    about: 'The call is answered with it, but its work is done.',
    words: 'done, and error',
    flag: '--error-after-commit',
    flagAbout: 'the call is done, and answered with this error',
  }),
  refuse: errorEffect('refuse', {
    about: 'The order is refused for this instance of the batch.',
    words: 'instance refused,',
    flag: '--refuse',
    flagAbout: 'the instance is refused with this error',
  }),
  stuck: effect('stuck', {
    schema: z.literal(true).describe('A normal stop stays in Stopping until somebody forces it.'),
    read: () => ({}),
    write: () => true as const,
    describe: () => 'stuck in Stopping',
    flag: { form: '--stuck', about: 'a normal stop stays in Stopping until it is forced', parse: () => true },
  }),
  slowGuestSeconds: effect('slow-guest', {
    schema: seconds.describe('The guest takes so long to shut down; normal stop, reboot, graceful release.'),
    read: seconds => ({ seconds }),
    write: ({ seconds }) => seconds,
    describe: seconds => `guest takes ${seconds} s to shut down`,
    flag: flag('--slow-guest <duration>', 'the guest takes so long to shut down, like 9m', readSeconds),
  }),
  revert: effect('revert', {
    schema: z
      .strictObject({
        reason: z.string().min(1).max(500).default('a fault rule took the order back'),
        afterSeconds: seconds.optional(),
      })
      .describe('Accepted, and taken back when it would have been done, or after so long.'),
    read: ({ reason, afterSeconds }) => ({ reason, afterSeconds }),
    write: ({ reason, afterSeconds }) => ({ reason, afterSeconds }),
    describe({ reason, afterSeconds }) {
      const when = afterSeconds === undefined ? '' : ` after ${afterSeconds} s`
      return `taken back${when}: ${reason}`
    },
    flag: {
      form: '--revert [reason]',
      about: 'the order is accepted and taken back',
      parse: text => (text === true ? undefined : text),
    },
    details: {
      after: flag(
        '--after <duration>',
        'with --revert: after so long, instead of when it would have been done',
        readSeconds,
      ),
    },
    join: (reason, { after: afterSeconds }) => ({ reason, afterSeconds }),
  }),
  staleSeconds: effect('stale', {
    schema: seconds.describe('Queries go on showing the instance as it was.'),
    read: seconds => ({ seconds }),
    write: ({ seconds }) => seconds,
    describe: seconds => `queries lag ${seconds} s behind`,
    flag: flag('--stale <duration>', 'queries show the instance as it was for so long, like 30s', readSeconds),
  }),
  driverFails: effect('driver-failure', {
    schema: z.number().int().min(1).max(1000).describe('So many tries to drive the machine fail.'),
    read: tries => ({ tries }),
    write: ({ tries }) => tries,
    describe: tries => `${tries} tries to drive the machine fail`,
    flag: flag('--driver-fails <n>', 'so many tries to drive the machine fail', readCount),
  }),
}

type EffectName = keyof typeof effects
type Schema<Name extends EffectName> = (typeof effects)[Name]['schema']
export const effectNames = Object.keys(effects) as EffectName[]
const forms: readonly (readonly [EffectName, EffectForm])[] = effectNames.map(name => [name, effects[name]])

/** The effects of a rule in JSON, of which it has one. */
export type EffectInput = { readonly [Name in EffectName]?: z.input<Schema<Name>> | undefined }
type EffectOutput = { readonly [Name in EffectName]?: z.output<Schema<Name>> | undefined }

/** A key for each effect, none of them required. */
export const effectSchemas = Object.fromEntries(forms.map(([name, { schema }]) => [name, schema.optional()])) as {
  [Name in EffectName]: z.ZodOptional<Schema<Name>>
}

function formsIn(rule: EffectInput | EffectOutput) {
  return forms.filter(([name]) => rule[name] !== undefined)
}

export function hasOneEffect(rule: EffectOutput): boolean {
  return formsIn(rule).length === 1
}

export function readEffect(rule: EffectOutput): FaultEffect {
  const [first] = formsIn(rule)
  if (first === undefined) throw new Error('A fault rule has an effect.')
  const [name, form] = first
  return { kind: form.kind, ...form.read(rule[name]) } as FaultEffect
}

export function writeEffect(effect: FaultEffect): EffectInput {
  // Does not compile while an effect of the domain is missing above.
  const kind: (typeof effects)[EffectName]['kind'] = effect.kind
  return Object.fromEntries(
    forms.filter(([, form]) => form.kind === kind).map(([name, form]) => [name, form.write(effect)]),
  )
}

/** What happens, in a few words. */
export function describeEffect(rule: EffectInput): string {
  return formsIn(rule)
    .map(([name, form]) => form.describe(rule[name]))
    .join(', ')
}
