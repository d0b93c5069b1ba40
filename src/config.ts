import { readFileSync } from 'node:fs'
import type { QemuConfig } from './compute/qemu/driver.ts'
import type { Timing } from './compute/simulated/timing.ts'
import type { ArrearsTerms } from './domain/billing/arrears.ts'
import type { PriceList } from './domain/prices/prices.ts'
import type { ClockMode } from './platform/clock.ts'
import type { SeedDocument } from './services/world/seed-document.ts'

/** The account that every store begins with. */
export const defaultAccount = { id: '1000000000000001', accessKeyId: 'localyun', secret: 'localyun-secret' } as const
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** What a server is started with. */
export interface AppConfig {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** `sqlite:FILE`, `postgres://user:password@host:port/database` or `memory:`. */
  readonly store: string
  readonly clock: ClockMode
  /** Instance seconds per real second. */
  readonly timeScale: number
  /** `api` answers calls, `worker` finishes what they began, `all` does both. */
  readonly role: 'api' | 'worker' | 'all'
  /** The instance time that an empty store begins with, ms; undefined for the machine's time. */
  readonly startAt: number | undefined
  readonly auth: 'on' | 'off'
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly timing: Timing
  /** Runs real machines; absent, machines are simulated and take the time that `timing` says. */
  readonly qemu?: QemuConfig | undefined
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly stopGraceMs: number
  readonly afterGrace: 'power-off' | 'power-cycle'
  /** Makes ids and durations repeatable; undefined leaves them to chance. */
  readonly randomSeed: string | undefined
  /** Applied, in order, to an empty store only. */
  readonly seeds: readonly SeedDocument[]
  /** What everything costs; absent, the illustrative list prices. */
  readonly prices?: PriceList | undefined
  /** When an account in arrears loses its instances; absent, the documented terms. */
  readonly arrears?: Partial<ArrearsTerms> | undefined
  /** Whoever has it may use the control API; undefined leaves that to this machine. */
  readonly controlToken: string | undefined
}
