import type { z } from 'zod'
import { type App, startApp } from './app.ts'
import { defaultAccount } from './config.ts'
import type { Timing } from './compute/simulated/timing.ts'
import { timingProfiles } from './compute/simulated/timing.ts'
import type { FaultRuleInput } from './control/faults/fault-rule.ts'
import type { FaultConditions } from './control/faults/scenario-rules.ts'
import type { ClockMode } from './platform/clock.ts'
import { createSilentLogger } from './platform/logger.ts'
import type { CostGrouping } from './domain/billing/report.ts'
import { type CostAnswer, readCost } from './services/billing/cost.ts'
import type { PriceInput } from './services/prices/price-document.ts'
import type { SeedInput } from './services/world/seed-document.ts'
import { listEvents, type StateChange } from './store/tables/events.ts'
import type { WebhookDefinition, WebhookStatus } from './webhooks/webhooks.ts'

export type { FaultRuleInput } from './control/faults/fault-rule.ts'
export type { FaultConditions } from './control/faults/scenario-rules.ts'
export type { CostAnswer } from './services/billing/cost.ts'
export type { PriceInput } from './services/prices/price-document.ts'
export type { SeedInput } from './services/world/seed-document.ts'
export type { StateChange } from './store/tables/events.ts'
export type { WebhookDefinition, WebhookStatus } from './webhooks/webhooks.ts'

export interface LocalyunOptions {
  /** What the world holds at first; the default account and network are always there. */
  readonly seed?: SeedInput
  /** `auto` (default) moves on by itself whenever nobody calls; `virtual` is moved by you; `real` runs. */
  readonly clock?: ClockMode
  /** The instance time to begin with, for a clock that is not real; default: now. */
  readonly startAt?: Date
  /** Makes ids, durations and chances repeatable. */
  readonly randomSeed?: string
  /** How long machines take, ms of instance time; what is not given is as in the profile `short`. */
  readonly timing?: Partial<Timing>
  /** How long a guest has before it is forced, ms of instance time; default 10 minutes. */
  readonly stopGraceMs?: number
  /** Prices that differ from the illustrative list. */
  readonly prices?: PriceInput
  /** When an account in arrears loses its instances, ms of instance time; default: stopped after 15 days, released 15 later. */
  readonly arrears?: { readonly graceMs?: number; readonly releaseMs?: number }
  /** `off` takes every caller for the default account. */
  readonly auth?: 'on' | 'off'
}

/** A server in this process, with everything that steers it. `await using` closes it. */
export interface Localyun extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  readonly url: string
  /** `127.0.0.1:40123`: what SDKs call endpoint; set their protocol to http. */
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly accessKeySecret: string }
  readonly clock: LocalyunClock
  readonly faults: LocalyunFaults
  readonly events: LocalyunEvents
  readonly webhooks: LocalyunWebhooks
  /** Adds what a seed document describes; returns the ids of its instances. Throws an Error that names a mistake. */
  seed(document: SeedInput): Promise<string[]>
  /** What instances cost in a period (default: from the first cost until now), and what stopping them saved; CNY. */
  cost(query?: CostOptions): Promise<CostAnswer>
  /** Empties everything but the default account. */
  reset(): Promise<void>
  /** A copy of this world, to try something twice; it is closed with this one, if not before. */
  fork(): Promise<Localyun>
  close(): Promise<void>
}

export interface LocalyunClock {
  now(): Date
  /** Moves a virtual clock forward by ms, running all that falls due in order; returns the number of jobs done. */
  advance(ms: number): Promise<number>
  /** Moves until nothing is pending. */
  untilIdle(): Promise<number>
  /** Moves until an instance is Stopped; throws when nothing that is pending will stop it. */
  untilStopped(instanceId: string): Promise<void>
}

export interface LocalyunFaults {
  /** Adds a rule and returns its id. Throws an Error that names a mistake. */
  add(rule: FaultRuleInput): Promise<string>
  /** Adds the rules of a named scenario, narrowed by conditions; returns their ids. */
  scenario(name: string, narrowedTo?: FaultConditions): Promise<string[]>
  /** False when there is no such rule. */
  remove(id: string): Promise<boolean>
  clear(): Promise<void>
}

export interface CostOptions {
  readonly from?: Date
  readonly until?: Date
  /** What the lines are; default `instance`. */
  readonly by?: CostGrouping
}

export interface LocalyunEvents {
  /** State changes after a number, oldest first, 1000 at most. */
  list(query?: { after?: number; instanceId?: string }): Promise<StateChange[]>
  /** Calls `listener` with what is committed from now on; call the result to end it. */
  subscribe(listener: (changes: readonly StateChange[]) => void): () => void
}

export interface LocalyunWebhooks {
  /** Sends events to a URL from now on, signed with the secret; throws an Error that names a mistake. */
  add(webhook: WebhookDefinition): Promise<{ readonly id: string; readonly secret: string }>
  list(): Promise<WebhookStatus[]>
  remove(id: string): Promise<boolean>
}

/** Starts a server of its own: memory store, free port on 127.0.0.1. A fresh one per test is cheap. */
export async function createLocalyun(options: LocalyunOptions = {}): Promise<Localyun> {
  const seeds = options.seed === undefined ? [] : [await parseSeed(options.seed)]
  const app = await startApp(
    {
      host: '127.0.0.1',
      port: 0,
      store: 'memory:',
      clock: options.clock ?? 'auto',
      role: 'all',
      timeScale: 1,
      startAt: options.startAt?.getTime(),
      auth: options.auth ?? 'on',
      tls: undefined,
      timing: { ...timingProfiles.short, ...options.timing },
      stopGraceMs: options.stopGraceMs ?? 600_000,
      afterGrace: 'power-off',
      randomSeed: options.randomSeed,
      seeds,
      prices: options.prices === undefined ? undefined : await parsePrices(options.prices),
      arrears: options.arrears,
      controlToken: undefined,
    },
    createSilentLogger(),
  )
  return wrap(app)
}

function wrap(app: App): Localyun {
  return {
    url: app.endpoint,
    endpoint: `127.0.0.1:${app.port}`,
    credentials: { accessKeyId: defaultAccount.accessKeyId, accessKeySecret: defaultAccount.secret },
    clock: {
      now: () => new Date(app.clock.now()),
      advance: ms => app.engine.advanceTo(app.clock.now() + ms),
      untilIdle: () => app.engine.advanceUntilIdle(),
      untilStopped: async id => void (await app.engine.advanceUntilStopped(id)),
    },
    faults: {
      async add(rule) {
        const [added] = await app.faults.add([await parseFault(rule)])
        return added?.id ?? ''
      },
      async scenario(name, narrowedTo = {}) {
        const { scenarioRules } = await import('./control/faults/scenario-rules.ts')
        const rules = await Promise.all(scenarioRules(name, narrowedTo).map(parseFault))
        return (await app.faults.add(rules)).map(fault => fault.id)
      },
      remove: id => app.faults.remove(id),
      clear: () => app.faults.clear(),
    },
    events: {
      list: ({ after = 0, instanceId } = {}) =>
        app.store.transaction('read', tx => listEvents(tx, { after, limit: 1000, instanceId })),
      subscribe: listener => app.events.subscribe(listener),
    },
    webhooks: {
      add: async webhook => app.webhooks.add(await parseWebhook(webhook)),
      list: () => app.webhooks.list(),
      remove: id => app.webhooks.remove(id),
    },
    seed: async document => {
      const parsed = await parseSeed(document)
      return app.store.transaction('alone', tx => app.seeding.add(tx, parsed))
    },
    cost: ({ from, until, by = 'instance' } = {}) => {
      const period = { from: from?.getTime(), until: until?.getTime(), now: app.clock.now() }
      const query = { accountId: undefined, ...period, by }
      return app.store.transaction('read', tx => readCost(tx, query))
    },
    reset: () => app.store.transaction('alone', tx => app.dump.reset(tx)),
    fork: async () => wrap(await app.fork()),
    close: () => app.close(),
    [Symbol.asyncDispose]: () => app.close(),
  }
}

/** Validation is loaded with the first seed, */
async function parseSeed(document: SeedInput) {
  const { seedDocument } = await import('./services/world/seed-document.ts')
  return checked('seed', seedDocument.safeParse(document))
}

/** with the first webhook, */
async function parseWebhook(webhook: WebhookDefinition): Promise<WebhookDefinition> {
  const { webhookDefinition } = await import('./webhooks/definition.ts')
  return checked('webhook', webhookDefinition.safeParse(webhook))
}

/** with prices, */
async function parsePrices(document: PriceInput) {
  const { mergePrices, priceDocument } = await import('./services/prices/price-document.ts')
  return mergePrices(checked('price list', priceDocument.safeParse(document)))
}

/** and with the first fault. */
async function parseFault(rule: FaultRuleInput) {
  const { faultRule, toFaultRule } = await import('./control/faults/fault-rule.ts')
  return toFaultRule(checked('fault', faultRule.safeParse(rule)))
}

function checked<Output>(what: string, result: z.ZodSafeParseResult<Output>): Output {
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new Error(`The ${what} is not valid: ${where === '' ? '' : `${where}: `}${issue?.message ?? ''}.`)
}
