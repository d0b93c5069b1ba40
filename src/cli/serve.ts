import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { dirname, resolve } from 'node:path'
import { type App, startApp } from '../app.ts'
import type { AppConfig } from '../config.ts'
import { sleep } from '../platform/clock.ts'
import { ComputeError } from '../compute/driver.ts'
import { failpoints } from '../platform/failpoints.ts'
import { createLogger } from '../platform/logger.ts'
import { SeedError } from '../services/world/seeding.ts'
import { StoreError } from '../store/store.ts'
import { CommandFailure } from './command-failure.ts'
import type { SeedFile } from './seed-file.ts'
import {
  definitionOf,
  flagOf,
  readSettings,
  settingNames,
  type SettingTexts,
  type SettingValues,
  textsFromEnvironment,
  variableOf,
} from './settings.ts'
import { UsageError } from './usage-error.ts'

export type ServeFlags = SettingTexts & { readonly config?: string }

/** Runs a server until it is told to stop by SIGTERM or SIGINT. */
export async function serve(flags: ServeFlags): Promise<void> {
  const values = await gatherSettings(flags, process.env)
  failpoints.armFrom(process.env['LOCALYUN_FAILPOINTS'] ?? '')
  const app = await start(values)
  process.stdout.write(`localyun is ready at ${app.endpoint}\n`)
  // Now, since a server that is killed would leave nothing for the next start.
  flushCompileCache()
  await closeOnSignal(app, values.drain)
}

/** Flags beat the environment, the environment beats the file. */
export async function gatherSettings(flags: ServeFlags, environment: NodeJS.ProcessEnv): Promise<SettingValues> {
  const configPath = flags.config ?? environment['LOCALYUN_CONFIG']
  const file = configPath === undefined || configPath === '' ? undefined : await readConfig(configPath)
  return readSettings([
    { texts: flags, origin: flagOf },
    { texts: textsFromEnvironment(environment), origin: variableOf },
    ...(file === undefined ? [] : [file]),
  ])
}

/** Starts what the settings describe; a mistake in them is a UsageError, and then nothing has been changed. */
export async function start(values: SettingValues, overrides: Partial<AppConfig> = {}): Promise<App> {
  const seeds = await readSeeds(values.seed)
  const prices = await readPrices(values.prices)
  const log = createLogger({ level: values.logLevel, format: values.logFormat })
  const config: AppConfig = {
    host: values.host,
    port: values.port,
    store: values.store,
    clock: values.clock,
    role: checkedRole(values),
    timeScale: checkedTimeScale(values),
    startAt: checkedStartAt(values),
    auth: values.auth,
    tls: await readTls(values),
    timing: values.timing,
    qemu: checkedQemu(values),
    stopGraceMs: values.stopGrace,
    afterGrace: values.afterGrace,
    randomSeed: values.randomSeed,
    prices,
    arrears: { graceMs: values.arrearsGrace, releaseMs: values.arrearsRelease },
    controlToken: values.controlToken,
    seeds: seeds.map(seed => seed.document),
    ...overrides,
  }
  try {
    return await startApp(config, log)
  } catch (reason) {
    throw explain(reason, config, seeds)
  }
}

function explain(reason: unknown, config: AppConfig, seeds: readonly SeedFile[]): unknown {
  if (reason instanceof SeedError) {
    return new UsageError(`${seeds[reason.seedIndex]?.locate(reason.path) ?? 'seed'}: ${reason.message}`)
  }
  if (reason instanceof ComputeError) return new CommandFailure(reason.message)
  if (reason instanceof StoreError) {
    // An address that leads nowhere is a wrong setting; a file may be in use, or damaged.
    return config.store.startsWith('postgres') ? new UsageError(reason.message) : new CommandFailure(reason.message)
  }
  const { code } = reason as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new CommandFailure(
      `Port ${config.port} on ${config.host} is in use. Stop what listens there, or give another --port (0 takes any free one).`,
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
    return new CommandFailure(
      `Cannot listen on ${config.host}:${config.port} (${code}). Give another --host or --port.`,
    )
  }
  return reason
}

async function readSeeds(paths: readonly string[]): Promise<SeedFile[]> {
  if (paths.length === 0) return []
  // Loaded only when needed: validation is the larger part of a start.
  const { readSeedFile } = await import('./seed-file.ts')
  return paths.map(readSeedFile)
}

async function readPrices(path: string | undefined): Promise<AppConfig['prices']> {
  if (path === undefined) return undefined
  const { readPriceFile } = await import('./price-file.ts')
  return readPriceFile(path)
}

async function readConfig(path: string) {
  const { readYamlFile } = await import('./yaml-file.ts')
  const file = readYamlFile(path)
  if (typeof file.value !== 'object' || file.value === null || Array.isArray(file.value)) {
    throw new UsageError(`${path}: the file must be a map of settings.`)
  }
  const texts: SettingTexts = {}
  for (const [key, value] of Object.entries(file.value)) {
    const name = settingNames.find(one => one === key)
    if (name === undefined) {
      throw new UsageError(`${file.locate([key])}: there is no such setting. There are ${settingNames.join(', ')}.`)
    }
    const { list, relative } = definitionOf(name)
    if (value === null || (typeof value === 'object' && list !== true)) {
      throw new UsageError(`${file.locate([key])}: give one value.`)
    }
    const read = (one: unknown) => (relative === true ? resolve(dirname(path), String(one)) : String(one))
    texts[name] = list === true ? [value].flat().map(read) : read(value)
  }
  return { texts, origin: (name: (typeof settingNames)[number]) => file.locate([name]) }
}

/** Real machines keep real time. */
function checkedQemu(values: SettingValues): AppConfig['qemu'] {
  const { compute, computeDir: folder, accelerator, overcommit, clock, timeScale, role } = values
  if (compute !== 'qemu') return undefined
  if (role === 'api') {
    throw new UsageError('--compute qemu goes with --role all or worker: only the host itself can look after machines.')
  }
  if (clock !== 'real' || timeScale !== 1) {
    throw new UsageError('--compute qemu goes with --clock real and --time-scale 1: real machines keep real time.')
  }
  return { folder, accelerator, overcommit }
}

function checkedRole({ role, store }: SettingValues): AppConfig['role'] {
  if (role !== 'all' && !store.startsWith('postgres')) {
    throw new UsageError(`--role ${role} goes with --store postgres://…; another store belongs to one process.`)
  }
  return role
}

function checkedTimeScale(values: SettingValues): number {
  if (values.timeScale !== 1 && values.clock !== 'real') {
    throw new UsageError('--time-scale goes with --clock real; a virtual clock is moved, it does not run.')
  }
  return values.timeScale
}

function checkedStartAt({ startAt, clock }: SettingValues): number | undefined {
  if (startAt !== undefined && clock === 'real') {
    throw new UsageError('--start-at goes with --clock virtual or auto; a real clock shows the time of this machine.')
  }
  return startAt
}

async function readTls(values: SettingValues): Promise<AppConfig['tls']> {
  const { tls, tlsCert, tlsKey } = values
  if (tls !== undefined && (tlsCert !== undefined || tlsKey !== undefined)) {
    throw new UsageError('--tls self-signed and --tls-cert/--tls-key exclude each other.')
  }
  if (tls === 'self-signed') {
    const { generate } = await import('selfsigned')
    const names = [
      { type: 2 as const, value: 'localhost' },
      { type: 7 as const, ip: '127.0.0.1' },
      { type: 7 as const, ip: '::1' },
    ]
    const pem = await generate([{ name: 'commonName', value: 'localyun' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: names }],
    })
    return { cert: pem.cert, key: pem.private }
  }
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('--tls-cert and --tls-key go together.')
  return { cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) }
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (reason) {
    throw new UsageError(`${flag}: ${path} cannot be read (${(reason as NodeJS.ErrnoException).code}).`)
  }
}

/**
 * Resolves after the first SIGTERM or SIGINT has closed the server; a second one ends the process at once. Between a
 * SIGTERM and the end, `drainMs` are for balancers to notice; nobody who presses Ctrl+C waits for that.
 */
async function closeOnSignal(app: App, drainMs: number): Promise<void> {
  await new Promise<void>(stopped => {
    let closing = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (closing) process.exit(1)
      closing = true
      void end(app, signal === 'SIGTERM' ? drainMs : 0).finally(stopped)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

async function end(app: App, drainMs: number): Promise<void> {
  app.drain()
  if (drainMs > 0) await sleep(drainMs)
  await app.close()
}
