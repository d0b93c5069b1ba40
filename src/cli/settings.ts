import { clockModes } from '../platform/clock.ts'
import { logFormats, logLevels } from '../platform/logger.ts'
import { type Timing, timingProfiles } from '../compute/simulated/timing.ts'
import { parseDuration } from '../control/duration.ts'
import { readTime, timeForms } from '../control/time.ts'
import { UsageError } from './usage-error.ts'

/** A setting of `serve`: a flag, an environment variable and a key of the configuration file, all the same. */
interface Setting<Value = unknown> {
  /** What stands behind the flag in the help. */
  readonly form: string
  readonly about: string
  readonly default: string | undefined
  /** Whether it can be given several times; in the environment the values are separated by commas. */
  readonly list?: boolean
  /** Whether it names a file that the configuration file names relative to itself. */
  readonly relative?: boolean
  /** Reads the text; throws an Error that says what is allowed. */
  parse(text: string): Value
}

const text = (value: string) => value

function oneOf<const Values extends readonly string[]>(values: Values) {
  return (value: string): Values[number] => {
    const found = values.find(one => one === value)
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`)
    return found
  }
}

function setting<Value, Fallback extends string | undefined>(
  form: string,
  about: string,
  fallback: Fallback,
  parse: (text: string) => Value,
) {
  return { form, about, default: fallback, parse }
}

export const settings = {
  host: setting('address', 'address to listen on', '127.0.0.1', text),
  port: setting('number', 'port to listen on; 0 takes any free one', '8526', parsePort),
  store: setting(
    'store',
    'sqlite:FILE, postgres://user:password@host:port/database or memory:',
    'sqlite:.localyun/state.db',
    parseStore,
  ),
  compute: setting(
    'driver',
    'what runs the machines: simulated, or qemu for real ones',
    'simulated',
    oneOf(['simulated', 'qemu']),
  ),
  computeDir: setting('folder', 'where qemu keeps machines and images', '.localyun', text),
  accelerator: setting(
    'name',
    'auto, kvm or tcg; auto takes kvm if a machine really runs with it',
    'auto',
    oneOf(['auto', 'kvm', 'tcg']),
  ),
  overcommit: setting(
    'ratio',
    "how much more than this host's vCPUs and memory instances may hold: 2, or cpu=4,memory=1.5",
    '1',
    parseOvercommit,
  ),
  seed: {
    ...setting('file', 'seed document for an empty store (repeatable)', undefined, text),
    list: true,
    relative: true,
  },
  clock: setting('mode', clockModes.join(', '), 'real', oneOf(clockModes)),
  timeScale: setting('factor', 'instance seconds per real second (real clock)', '1', parseTimeScale),
  startAt: setting(
    'time',
    'instance time that an empty store begins with (virtual or auto clock)',
    undefined,
    parseStartAt,
  ),
  timing: setting('profile', 'how long machines take: short, realistic, or stop=3s,start=3s,…', 'short', parseTiming),
  stopGrace: setting('duration', 'how long a guest has to shut down before it is forced', '10m', readDuration),
  afterGrace: setting(
    'what',
    'after a guest was forced: power-off, or power-cycle to bring it back',
    'power-off',
    oneOf(['power-off', 'power-cycle']),
  ),
  role: setting(
    'part',
    'all, or on a shared store api (answers calls) or worker (finishes what they began)',
    'all',
    oneOf(['all', 'api', 'worker']),
  ),
  drain: setting(
    'duration',
    'after SIGTERM, how long calls are still answered while health says 503',
    '0s',
    readDuration,
  ),
  arrearsGrace: setting('duration', 'how long an account may be in arrears before instances stop', '15d', readDuration),
  arrearsRelease: setting('duration', 'how long after that until they are released', '15d', readDuration),
  randomSeed: setting('text', 'makes ids, durations and chances repeatable', undefined, text),
  auth: setting(
    'switch',
    'on checks signatures, off takes everybody for the default account',
    'on',
    oneOf(['on', 'off']),
  ),
  prices: { ...setting('file', 'prices that differ from the list, for the bill', undefined, text), relative: true },
  tlsCert: setting('file', 'certificate (PEM) to serve https with', undefined, text),
  tlsKey: setting('file', 'key (PEM) of that certificate', undefined, text),
  tls: setting('how', 'self-signed makes a certificate for localhost', undefined, oneOf(['self-signed'])),
  controlToken: setting('text', 'asked of everybody who uses the control API', undefined, text),
  logLevel: setting('level', logLevels.join(', '), 'info', oneOf(logLevels)),
  logFormat: setting('format', logFormats.join(', '), 'pretty', oneOf(logFormats)),
} as const

export type SettingName = keyof typeof settings
export const settingNames = Object.keys(settings) as SettingName[]

export function definitionOf(name: SettingName): Setting {
  return settings[name]
}

export type SettingTexts = Partial<Record<SettingName, string | readonly string[]>>

type ValueOf<S> = S extends { list: true; parse(text: string): infer V }
  ? readonly V[]
  : S extends { default: string; parse(text: string): infer V }
    ? V
    : S extends { parse(text: string): infer V }
      ? V | undefined
      : never
export type SettingValues = { readonly [Name in SettingName]: ValueOf<(typeof settings)[Name]> }

/** Where a setting's text came from, in words for an error: `--port`, `LOCALYUN_PORT`, `localyun.yaml line 3, port`. */
export type Origin = (name: SettingName) => string

/** `timeScale` → `--time-scale`. */
export function flagOf(name: SettingName): string {
  return `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** `timeScale` → `LOCALYUN_TIME_SCALE`. */
export function variableOf(name: SettingName): string {
  return `LOCALYUN_${name.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Reads every setting from the first source that has it; the sources stand in order of precedence. */
export function readSettings(sources: readonly { texts: SettingTexts; origin: Origin }[]): SettingValues {
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of settingNames) {
    const definition = definitionOf(name)
    const source = sources.find(one => one.texts[name] !== undefined)
    const given = source?.texts[name] ?? definition.default
    const parse = (value: string) => {
      try {
        return definition.parse(value)
      } catch (reason) {
        const where = source?.origin(name) ?? flagOf(name)
        throw new UsageError(
          `${where}: "${withoutPassword(value)}" ${reason instanceof Error ? reason.message : String(reason)}.`,
        )
      }
    }
    if (definition.list === true) values[name] = given === undefined ? [] : [given].flat().map(parse)
    else if (typeof given === 'object') throw new UsageError(`${source?.origin(name)}: give one value.`)
    else values[name] = given === undefined ? undefined : parse(given)
  }
  return values as SettingValues
}

/** An address in an error must not give its password away. */
function withoutPassword(value: string): string {
  return value.replace(/:\/\/[^@]*@/, '://…@')
}

/** The settings that the environment has; an empty variable counts as not set. */
export function textsFromEnvironment(environment: NodeJS.ProcessEnv): SettingTexts {
  const texts: SettingTexts = {}
  for (const name of settingNames) {
    const value = environment[variableOf(name)]
    if (value === undefined || value === '') continue
    texts[name] = definitionOf(name).list === true ? value.split(',') : value
  }
  return texts
}

function parsePort(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw new Error('must be a port, 0 to 65535')
  return Number(value)
}

function parseStore(value: string): string {
  if (value !== 'memory:' && !/^(?:sqlite:|postgres(?:ql)?:\/\/)./.test(value)) {
    throw new Error('must be sqlite:FILE, postgres://user:password@host:port/database or memory:')
  }
  return value
}

/** One ratio for both, or each its own. */
function parseOvercommit(value: string): { cpu: number; memory: number } {
  const match = /^(?:([\d.]+)|(?:cpu=([\d.]+))?,?(?:memory=([\d.]+))?)$/.exec(value)
  const [, both, cpu = '1', memory = '1'] = match ?? []
  const ratios = { cpu: Number(both ?? cpu), memory: Number(both ?? memory) }
  const isRatio = (ratio: number) => ratio >= 0.01 && ratio <= 100
  if (match === null || value === '' || value === ',' || !isRatio(ratios.cpu) || !isRatio(ratios.memory)) {
    throw new Error('must be a ratio from 0.01 to 100, or like cpu=4,memory=1.5')
  }
  return ratios
}

function parseTimeScale(value: string): number {
  const scale = Number(value)
  if (!(scale >= 0.001 && scale <= 100_000)) throw new Error('must be a number from 0.001 to 100000')
  return scale
}

function parseStartAt(value: string): number {
  const at = readTime(value, 'Z')
  if (at === undefined) throw new Error(`must be a time like ${timeForms}`)
  return at
}

function readDuration(value: string): number {
  const duration = parseDuration(value)
  if (duration === undefined) throw new Error('must be a duration like 500ms, 3s, 10m, 1h or 15d')
  return duration
}

const timingKeys = {
  pending: 'pendingMs',
  start: 'startMs',
  stop: 'stopMs',
  'forced-stop': 'forcedStopMs',
  deallocate: 'deallocateMs',
} as const

/** A profile, or single figures on top of `short`. */
function parseTiming(value: string): Timing {
  if (value === 'short' || value === 'realistic') return timingProfiles[value]
  const timing: { -readonly [Key in keyof Timing]: number } = { ...timingProfiles.short }
  for (const part of value.split(',')) {
    const [name = '', duration = ''] = part.split('=')
    if (!Object.hasOwn(timingKeys, name)) {
      throw new Error(
        'must be short, realistic, or a list of pending=, start=, stop=, forced-stop= and deallocate= durations',
      )
    }
    timing[timingKeys[name as keyof typeof timingKeys]] = readDuration(duration)
  }
  return timing
}
