import type { Situation } from '../../domain/instances/checks.ts'
import type { InstanceEffect } from '../../domain/faults/rule.ts'
import type { Decision, InjectedRefusal, Refusal } from '../../domain/instances/refusals.ts'
import type { AccountFacts, InstanceFacts, InstanceStatus, KmsKeyFacts } from '../../domain/instances/types.ts'
import { listFacts } from '../../store/tables/instances/instances.ts'
import { listKmsKeys } from '../../store/tables/keys.ts'
import type { Tx } from '../../store/store.ts'
import type { HostService } from '../hosts/hosts.ts'

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

/** What became of one instance of a batch. */
export type BatchOutcome =
  | {
      readonly id: string
      readonly accepted: true
      readonly previousStatus: InstanceStatus
      readonly currentStatus: InstanceStatus
    }
  | {
      readonly id: string
      readonly accepted: false
      readonly refusal: Refusal | InjectedRefusal
      /** Undefined for an instance that does not exist. */
      readonly status: InstanceStatus | undefined
    }

/** A batch that is all or nothing was refused because of this instance, the first in the caller's order. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

/** What was decided for one instance of a batch. */
export type Verdict<Plan> = Accepted<Plan> | Refused

export interface Accepted<Plan> {
  readonly id: string
  readonly plan: Plan
  readonly instance: InstanceFacts
  /** What a fault rule has in store for it. */
  readonly effect?: InstanceEffect
}

interface Refused {
  readonly id: string
  readonly refusal: Refusal | InjectedRefusal
  /** Undefined for an instance that does not exist. */
  readonly instance: InstanceFacts | undefined
}

/** The instances of a batch that exist, by id, with the keys of their disks. */
export interface Situations {
  readonly instances: ReadonlyMap<string, InstanceFacts>
  readonly kmsKeys: ReadonlyMap<string, KmsKeyFacts>
  /** Hosts of theirs that are away. */
  readonly away: ReadonlySet<string>
}

/** `now` is instance time, ms. */
export async function loadSituations(
  tx: Tx,
  batch: BatchRequest,
  { now, hosts }: { readonly now: number; readonly hosts: HostService },
): Promise<Situations> {
  const facts = await listFacts(tx, batch.account.id, batch.instanceIds)
  const instances = new Map(facts.map(one => [one.id, one]))
  const hostIds = new Set(facts.flatMap(({ hostId }) => hostId ?? []))
  const away = hostIds.size === 0 ? hostIds : await hosts.findAway(tx, [...hostIds])
  return { instances, kmsKeys: await loadKmsKeys(tx, batch, facts, now), away }
}

/** As `decide`; but what is to be done to a machine whose host is away can't be: a caller may try again. */
export function onlyWhereHostIs<Plan>(
  { waitsForHost = false }: BatchRequest,
  { away }: Situations,
  decide: (situation: Situation) => Decision<Plan>,
): (situation: Situation) => Decision<Plan> {
  return situation => {
    const decision = decide(situation)
    const { hostId } = situation.instance
    if ('refusal' in decision || hostId === null || waitsForHost || !away.has(hostId)) return decision
    return { refusal: { reason: 'host-away', hostId } }
  }
}

async function loadKmsKeys(
  tx: Tx,
  batch: BatchRequest,
  facts: readonly InstanceFacts[],
  now: number,
): Promise<ReadonlyMap<string, KmsKeyFacts>> {
  const keys = new Map<string, KmsKeyFacts>()
  for (const regionId of new Set(facts.filter(one => one.kmsKeyIds.length > 0).map(one => one.regionId))) {
    const ids = facts.filter(one => one.regionId === regionId).flatMap(one => one.kmsKeyIds)
    const where = { accountId: batch.account.id, regionId, ids, now }
    for (const key of await listKmsKeys(tx, where)) keys.set(key.id, key)
  }
  return keys
}

/** Decides for every instance, in the caller's order; throws BatchRefused where one refusal refuses them all. */
export function judge<Plan>(
  batch: BatchRequest,
  { instances, kmsKeys }: Situations,
  decide: (situation: Situation) => Decision<Plan>,
): Verdict<Plan>[] {
  return batch.instanceIds.map(id => {
    const instance = instances.get(id)
    const missing = whyMissing(instance, batch.regionId)
    const decision: Decision<Plan> =
      instance === undefined || missing !== undefined
        ? { refusal: missing ?? { reason: 'not-found' } }
        : decide({ instance, account: batch.account, kmsKeys })
    if ('plan' in decision && instance !== undefined) return { id, plan: decision.plan, instance }
    const refusal = 'refusal' in decision ? decision.refusal : ({ reason: 'not-found' } as const)
    if (batch.mode === 'together') throw new BatchRefused(refusal)
    return { id, refusal, instance: missing === undefined ? instance : undefined }
  })
}

function whyMissing(instance: InstanceFacts | undefined, regionId: string | undefined): Refusal | undefined {
  if (instance === undefined) return { reason: 'not-found' }
  return regionId !== undefined && instance.regionId !== regionId ? { reason: 'in-another-region' } : undefined
}

export function isAccepted<Plan>(verdict: Verdict<Plan>): verdict is Accepted<Plan> {
  return 'plan' in verdict
}
