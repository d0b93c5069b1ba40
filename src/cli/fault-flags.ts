import { Option } from 'commander'
import { type EffectForm, effectNames, effects } from '../control/faults/effects.ts'
import { type Flag, readCount } from '../control/faults/flag.ts'
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

/** The flags of effects, by commander's names for them. */
export type EffectFlags = Readonly<Record<string, string | true | undefined>>

type Fields = Record<string, unknown>

const forms: readonly EffectForm[] = effectNames.map(name => effects[name])

export function readConditions(flags: ConditionFlags): Fields {
  return given({
    action: flags.action,
    instanceId: flags.instance,
    tag: flags.tag,
    region: flags.region,
    account: flags.account,
    nth: read('--nth', flags.nth, readCount),
    probability: read('--probability', flags.probability, readProbability),
    times: read('--times', flags.times, readCount),
  })
}

/** The options of every effect, each once: what says more about an effect follows the last that it belongs to. */
export function effectOptions(): Option[] {
  const flags = forms.flatMap(({ flag, details = {} }) => [flag, ...Object.values(details)])
  return flags.filter((flag, at) => flags.lastIndexOf(flag) === at).map(toOption)
}

/** Exactly one effect, as POST faults takes it. */
export function readEffect(flags: EffectFlags): Fields {
  const wanted = effectNames.filter(name => textOf(effects[name].flag, flags) !== undefined)
  const values = Object.fromEntries(wanted.map(name => [name, readForm(effects[name], flags)]))
  const [name] = wanted
  if (name === undefined || wanted.length > 1) {
    throw new UsageError(`Say what is to happen, one thing per rule: ${enumerate(forms.map(one => one.flag))}.`)
  }
  refuseDetailsOfOthers(effects[name], flags)
  return values
}

function readForm(form: EffectForm, flags: EffectFlags): unknown {
  const { flag, details = {} } = form
  const value = readFlag(flag, flags)
  if (form.join === undefined) return value
  const entries = Object.entries(details).map(([name, detail]) => [name, readFlag(detail, flags)])
  return given(form.join(value, Object.fromEntries(entries)))
}

function refuseDetailsOfOthers(own: EffectForm, flags: EffectFlags): void {
  for (const { details = {} } of forms) {
    const unread = Object.values(details)
    if (details === own.details || unread.every(flag => textOf(flag, flags) === undefined)) continue
    const owners = forms.filter(form => form.details === details).map(form => form.flag)
    const belong = unread.length === 1 ? 'belongs' : 'belong'
    throw new UsageError(`${unread.map(longName).join(' and ')} ${belong} to ${enumerate(owners)}.`)
  }
}

function readFlag<Value>(flag: Flag<Value>, flags: EffectFlags): Value | undefined {
  return read(longName(flag), textOf(flag, flags), text => flag.parse(text))
}

function textOf(flag: Flag, flags: EffectFlags): string | true | undefined {
  return flags[toOption(flag).attributeName()]
}

function toOption({ form, about }: Flag): Option {
  return new Option(form, about)
}

/** `--stale` of `--stale <duration>`. */
function longName({ form }: Flag): string {
  return form.replace(/ .*/, '')
}

/** `--error, --stuck or --stale` */
function enumerate(flags: readonly Flag[]): string {
  return flags
    .map(longName)
    .join(', ')
    .replace(/, (\S+)$/, ' or $1')
}

/** A text that cannot be read is wrong usage of its flag. */
function read<Text, Value>(flag: string, text: Text | undefined, parse: (text: Text) => Value): Value | undefined {
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (reason) {
    throw new UsageError(`${flag}: ${reason instanceof Error ? reason.message : String(reason)}.`)
  }
}

/** `0.2` or `20%`. */
function readProbability(text: string): number {
  const [, amount, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const value = Number(amount) / (percent === '%' ? 100 : 1)
  if (value >= 0 && value <= 1) return value
  throw new Error(`"${text}" must be a part of 1 like 0.2, or like 20%`)
}

function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
