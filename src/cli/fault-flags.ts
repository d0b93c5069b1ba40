import { parseDuration } from '../control/duration.ts'
import { UsageError } from './usage-error.ts'

/** The conditions that a rule and a scenario take on the command line, as commander hands them over. */
export interface ConditionFlags {
  readonly action?: string
  readonly instance?: string
  readonly tag?: string
  readonly region?: string
  readonly account?: string
  readonly nth?: string
  readonly probability?: string
  readonly times?: string
}

export interface EffectFlags {
  readonly error?: string
  readonly errorAfterCommit?: string
  readonly refuse?: string
  readonly status?: string
  readonly message?: string
  readonly throttle?: string | true
  readonly latency?: string
  readonly drop?: string
  readonly stuck?: boolean
  readonly slowGuest?: string
  readonly revert?: string | true
  readonly after?: string
  readonly stale?: string
  readonly driverFails?: string
}

type Fields = Record<string, unknown>

export function readConditions(flags: ConditionFlags): Fields {
  return given({
    action: flags.action,
    instanceId: flags.instance,
    tag: flags.tag,
    region: flags.region,
    account: flags.account,
    nth: readCount('--nth', flags.nth),
    probability: readProbability(flags.probability),
    times: readCount('--times', flags.times),
  })
}

/** Exactly one effect, as POST faults takes it. */
export function readEffect(flags: EffectFlags): Fields {
  const effects = given({
    error: readError('--error', flags.error, flags),
    errorAfterCommit: readError('--error-after-commit', flags.errorAfterCommit, flags),
    refuse: readError('--refuse', flags.refuse, flags),
    throttle: readThrottle(flags.throttle),
    latencyMs: readMs('--latency', flags.latency),
    drop: readDrop(flags.drop),
    stuck: flags.stuck,
    slowGuestSeconds: readSeconds('--slow-guest', flags.slowGuest),
    revert: readRevert(flags),
    staleSeconds: readSeconds('--stale', flags.stale),
    driverFails: readCount('--driver-fails', flags.driverFails),
  })
  const names = Object.keys(effects)
  if (names.length !== 1) {
    throw new UsageError(
      `Say what is to happen, one thing per rule: --error, --throttle, --latency, --drop, --error-after-commit, ` +
        '--refuse, --stuck, --slow-guest, --revert, --stale or --driver-fails.',
    )
  }
  const isError = ['error', 'errorAfterCommit', 'refuse'].includes(names[0] ?? '')
  if (!isError && (flags.status !== undefined || flags.message !== undefined)) {
    throw new UsageError('--status and --message belong to --error, --error-after-commit or --refuse.')
  }
  if (flags.after !== undefined && flags.revert === undefined) throw new UsageError('--after belongs to --revert.')
  return effects
}

function readError(flag: string, code: string | undefined, { status, message }: EffectFlags): Fields | undefined {
  if (code === undefined) return undefined
  if (code === '') throw new UsageError(`${flag}: name a code like InternalError.`)
  return given({ code, httpStatus: readCount('--status', status), message })
}

function readThrottle(text: string | true | undefined): Fields | undefined {
  if (text === undefined || text === true) return text === true ? {} : undefined
  return { retryAfterMs: /^\d{1,9}$/.test(text) ? Number(text) : readMs('--throttle', text) }
}

function readDrop(text: string | undefined): string | undefined {
  if (text === undefined || text === 'before' || text === 'after') return text
  throw new UsageError(`--drop: "${text}" must be before or after (the work).`)
}

function readRevert({ revert, after }: EffectFlags): Fields | undefined {
  if (revert === undefined) return undefined
  return given({ reason: revert === true ? undefined : revert, afterSeconds: readSeconds('--after', after) })
}

function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new UsageError(`${flag}: "${text}" must be a whole number from 1.`)
}

/** `0.2` or `20%`. */
function readProbability(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, amount, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const value = Number(amount) / (percent === '%' ? 100 : 1)
  if (value >= 0 && value <= 1) return value
  throw new UsageError(`--probability: "${text}" must be a part of 1 like 0.2, or like 20%.`)
}

/** `2s`, `PT2S`, or `250ms`. */
function readMs(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = /^(\d{1,9})ms$/.exec(text)?.[1]
  const duration = ms === undefined ? parseDuration(text) : Number(ms)
  if (duration !== undefined) return duration
  throw new UsageError(`${flag}: "${text}" is no duration like 250ms, 2s or 9m.`)
}

function readSeconds(flag: string, text: string | undefined): number | undefined {
  const ms = readMs(flag, text)
  if (ms === undefined || ms % 1000 === 0) return ms === undefined ? undefined : ms / 1000
  throw new UsageError(`${flag}: "${text}" must be whole seconds.`)
}

function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
