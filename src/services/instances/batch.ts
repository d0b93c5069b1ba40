import type { ComputeDriver } from '../../compute/driver.ts'
import type { InstanceEffect, OrderKind } from '../../domain/faults/rule.ts'
import type { InjectedRefusal, Refusal } from '../../domain/instances/refusals.ts'
import type {
  AccountFacts,
  InstanceFacts,
  InstanceStatus,
  KmsKeyFacts,
  StopMode,
} from '../../domain/instances/types.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/logger.ts'
import type { Tx } from '../../store/store.ts'
import type { Actor } from '../../store/tables/events.ts'
import { listTags } from '../../store/tables/instances/instances.ts'
import type { JobFault } from '../../store/tables/instances/jobs.ts'
import { listKmsKeys } from '../../store/tables/keys.ts'
import type { Metering } from '../billing/metering.ts'
import type { EventLog } from '../events/events.ts'
import type { FaultRules } from '../faults/faults.ts'
import type { HostService } from '../hosts/hosts.ts'
import type { SpotMarket } from '../spot/market.ts'

/** What the power of instances is ordered with. */
export interface PowerParts {
  readonly clock: Clock
  readonly driver: ComputeDriver
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly graceMs: number
  readonly events: EventLog
  readonly faults: FaultRules
  readonly meter: Metering
  readonly market: SpotMarket
  readonly hosts: HostService
  readonly log: Log
}

/** Who asks, and for which instances. */
export interface BatchRequest {
  readonly account: AccountFacts
  /** Instances elsewhere count as missing; undefined looks in every region. */
  readonly regionId: string | undefined
  /** Distinct, in the caller's order. */
  readonly instanceIds: readonly string[]
  /** `together`: all or none. `separately`: each on its own. */
  readonly mode: 'together' | 'separately'
  /** Decide only, write nothing. */
  readonly dryRun: boolean
  readonly requestId: string
  /** The operation, for the log of events. */
  readonly action: string
  /** What the log says instead, of what the platform orders by itself. */
  readonly platformReason?: string
  /** Taken even where the host of a machine is away: it is done when the host is back. */
  readonly waitsForHost?: boolean
}

/** Why an instance of a batch is not there for the caller. */
export type Missing = { readonly reason: 'not-found' } | { readonly reason: 'in-another-region' }

/** What was decided for one instance of a batch. */
export type Entry<Plan, Why extends Refusal> = Accepted<Plan> | Refused<Why>

export interface Accepted<Plan> {
  readonly id: string
  readonly instance: InstanceFacts
  readonly plan: Plan
  /** What a fault rule has in store for it. */
  readonly effect?: InstanceEffect
}

export interface Refused<Why extends Refusal> {
  readonly id: string
  /** Undefined for an instance that is not there for the caller. */
  readonly instance: InstanceFacts | undefined
  readonly refusal: Why | Missing | InjectedRefusal
}

/** What became of one instance of a batch. */
export type Outcome<Why extends Refusal> =
  | {
      readonly id: string
      readonly accepted: true
      readonly previousStatus: InstanceStatus
      readonly currentStatus: InstanceStatus
    }
  | RefusedOutcome<Why>

export interface RefusedOutcome<Why extends Refusal> {
  readonly id: string
  readonly accepted: false
  readonly refusal: Why | Missing | InjectedRefusal
  /** Undefined for an instance that is not there for the caller. */
  readonly status: InstanceStatus | undefined
}

/** Who or what orders a change of power: what the event, the instance's intent and the job say of it. */
export interface Origin {
  /** Instance time, ms. */
  readonly at: number
  readonly actor: Actor
  readonly reason: string
  /** The API call that it goes back to; empty when there is none. */
  readonly requestId: string
  /** Stands with the intent of the instance, or on its tombstone. */
  readonly by: string
}

/** A change of power that instances are to begin. */
export interface PowerOrder {
  readonly kind: 'stop' | 'start' | 'reboot' | 'release'
  readonly machines: readonly MachineOrder[]
}

export interface MachineOrder {
  readonly instance: OrderedInstance
  /** Cut the power instead of asking the guest. */
  readonly force: boolean
  /** Of a stop. */
  readonly mode?: StopMode | undefined
  /** What a fault rule has in store for it. */
  readonly effect?: InstanceEffect | undefined
  /** The system event that the job carries out. */
  readonly systemEventId?: string | undefined
  /** The job that is there goes on as it is. */
  readonly keepsJob?: boolean
}

type OrderedInstance = Pick<
  InstanceFacts,
  'id' | 'seq' | 'accountId' | 'regionId' | 'status' | 'stopMode' | 'guest' | 'hostId'
> &
  Partial<Pick<InstanceFacts, 'rebootPlanned'>>

/** The keys of these instances' encrypted disks that exist, by id. `now` is instance time, ms. */
export async function loadKmsKeys(
  tx: Tx,
  accountId: string,
  instances: readonly InstanceFacts[],
  now: number,
): Promise<ReadonlyMap<string, KmsKeyFacts>> {
  const keys = new Map<string, KmsKeyFacts>()
  for (const [regionId, own] of Map.groupBy(instances, one => one.regionId)) {
    const ids = own.flatMap(one => one.kmsKeyIds)
    if (ids.length === 0) continue
    for (const key of await listKmsKeys(tx, { accountId, regionId, ids, now })) keys.set(key.id, key)
  }
  return keys
}

/** Triggers the fault rules that fit what is accepted, in the caller's order; all of a batch is refused with the first that is. */
export async function meetFaults<Plan, Why extends Refusal>(
  tx: Tx,
  batch: BatchRequest,
  entries: readonly Entry<Plan, Why>[],
  order: OrderKind,
  faults: FaultRules,
): Promise<readonly Entry<Plan, Why>[]> {
  const { account, action } = batch
  const tags = await listTags(tx, account.id, batch.instanceIds)
  const met: Entry<Plan, Why>[] = []
  for (const entry of entries) {
    if (!('plan' in entry)) {
      met.push(entry)
      continue
    }
    const { id, instance } = entry
    const place = { action, order, region: instance.regionId, accountId: account.id, instanceId: id }
    const target = { ...place, tags: tags.get(id) ?? {} }
    const effect = await tx.once(`fault of ${action} ${order} ${id}`, () => faults.triggerForInstance(target))
    if (effect?.kind !== 'refuse') {
      met.push(effect === undefined ? entry : { ...entry, effect })
      continue
    }
    const refused = { id, instance, refusal: { reason: 'injected', error: effect.error } } as const
    if (batch.mode === 'together') return [refused]
    met.push(refused)
  }
  return met
}

/** What is left of an effect for the job to do. */
export function toJobFault(effect: InstanceEffect): JobFault | undefined {
  switch (effect.kind) {
    case 'stuck':
      return { guest: { shutdown: 'ignore' } }
    case 'slow-guest':
      return { guest: { shutdown: 'slow', seconds: effect.seconds } }
    case 'revert':
      return { revertBecause: effect.reason }
    case 'driver-failure':
      return { failingTries: effect.tries }
    case 'refuse':
    case 'stale':
      return undefined
  }
}
