import {
  type CallEffect,
  type FaultRule,
  type InstanceEffect,
  isCallEffect,
  meets,
  type OrderKind,
  type TagCondition,
} from '../../domain/faults/rule.ts'
import { hashFraction } from '../../platform/random.ts'
import {
  countSeen,
  countStruck,
  deleteFault,
  deleteFaults,
  type FaultState,
  insertFault,
  listFaults,
  updateFaultCounts,
} from '../../store/tables/faults.ts'
import { listTags } from '../../store/tables/instances/instances.ts'
import type { SharedStore, Store, Tx } from '../../store/store.ts'

type Tags = Readonly<Record<string, string>>

/** A call as rules look at it. */
export interface CallTarget {
  readonly action: string
  readonly region: string | undefined
  readonly accountId: string
  readonly instanceIds: readonly string[]
  /** Those that the call names itself. */
  readonly tags: Tags
}

/** An instance that an accepted order is about. */
export interface InstanceTarget {
  readonly action: string
  readonly order: OrderKind
  readonly region: string
  readonly accountId: string
  readonly instanceId: string
  readonly tags: Tags
}

type Counted = { -readonly [Key in keyof FaultState]: FaultState[Key] }

/**
 * Errors on demand: the first rule that fits a call or an instance, and whose turn it is, is triggered. Rules are looked
 * up in memory; the store has them for the next process, their counts with the next commit. Chance depends on seed,
 * rule and count alone, so that the same calls meet the same faults. Where several processes share the store, rules are
 * counted there, at once and whatever becomes of the call.
 */
export class FaultRules {
  readonly #store: Store
  readonly #seed: string
  #rules: Counted[] = []
  readonly #uncounted = new Set<Counted>()
  #savesWithCommits = false
  /** Whether no rule can meet anything. */
  none = true
  /** Whether a rule can meet instances. */
  concernsInstances = false

  constructor(store: Store, seed: string) {
    this.#store = store
    this.#seed = seed
    store.shared?.listen(topic => {
      if (topic === 'faults') void store.transaction('read', tx => this.load(tx)).catch(() => undefined)
    })
  }

  /** Reads the rules that the store has, in place of those in memory. */
  async load(tx: Tx): Promise<void> {
    const rules = await listFaults(tx)
    this.#uncounted.clear()
    this.#adopt(rules)
  }

  /** As load, in a transaction that has changed the rules. */
  async reload(tx: Tx): Promise<void> {
    await this.load(tx)
    tx.afterCommit(() => this.#store.shared?.notify('faults'))
  }

  /** Writes counts that have changed. */
  async save(tx: Tx): Promise<void> {
    if (this.#uncounted.size === 0) return
    const changed = [...this.#uncounted]
    for (const state of changed) await updateFaultCounts(tx, state)
    tx.afterCommit(() => {
      for (const state of changed) this.#uncounted.delete(state)
    })
  }

  async flush(): Promise<void> {
    if (this.#uncounted.size > 0) await this.#store.transaction('write', async () => undefined)
  }

  /** Adds rules behind those that are there: all, or none. */
  async add(rules: readonly FaultRule[]): Promise<FaultState[]> {
    const added = await this.#store.transaction('write', async tx => {
      const states: FaultState[] = []
      for (const rule of rules) states.push(await insertFault(tx, rule))
      return states
    })
    this.#adopt([...this.#rules, ...added.map(copy)])
    this.#store.shared?.notify('faults')
    return added
  }

  async list(): Promise<FaultState[]> {
    if (this.#store.shared !== undefined) return this.#store.transaction('read', listFaults)
    return this.#rules.map(copy)
  }

  /** False when there is no such rule. */
  async remove(id: string): Promise<boolean> {
    const found = await this.#store.transaction('write', tx => deleteFault(tx, id))
    this.#adopt(this.#rules.filter(one => one.id !== id))
    this.#store.shared?.notify('faults')
    return found
  }

  async clear(): Promise<void> {
    await this.#store.transaction('write', deleteFaults)
    this.#adopt([])
    this.#store.shared?.notify('faults')
  }

  /** What every call asks stands ready, and only where there are rules does a commit ask for their counts. */
  #adopt(rules: Counted[]): void {
    this.#rules = rules
    this.none = rules.length === 0
    this.concernsInstances = rules.some(({ rule }) => !isCallEffect(rule.effect))
    if (this.none || this.#savesWithCommits) return
    this.#savesWithCommits = true
    this.#store.beforeCommit(tx => this.save(tx))
  }

  /** What the call meets, if anything; counts it for the rules that it fits. */
  async triggerForCall(tx: Tx, target: CallTarget): Promise<CallEffect | undefined> {
    for (const state of this.#rules) {
      const { effect, ...rule } = state.rule
      if (!isCallEffect(effect)) continue
      const fits =
        fitsPlace(rule, target) &&
        (rule.instanceId === undefined || target.instanceIds.includes(rule.instanceId)) &&
        (rule.tag === undefined || hasTag(await tagsOf(tx, target), rule.tag))
      if (fits && (await this.#isItsTurn(state))) return effect
    }
    return undefined
  }

  /** What the instance meets, if anything; counts it for the rules that it fits. */
  async triggerForInstance(target: InstanceTarget): Promise<InstanceEffect | undefined> {
    for (const state of this.#rules) {
      const { effect, ...rule } = state.rule
      if (isCallEffect(effect) || !meets(target.order, effect)) continue
      const fits =
        fitsPlace(rule, target) &&
        (rule.instanceId === undefined || rule.instanceId === target.instanceId) &&
        (rule.tag === undefined || hasTag([target.tags], rule.tag))
      if (fits && (await this.#isItsTurn(state))) return effect
    }
    return undefined
  }

  async #isItsTurn(state: Counted): Promise<boolean> {
    const { shared } = this.#store
    if (shared !== undefined) return this.#isItsTurnAmongAll(state, shared)
    state.seen++
    this.#uncounted.add(state)
    const { times } = state.rule
    const isStruck = (times === undefined || state.struck < times) && this.#fitsCount(state, state.seen)
    if (isStruck) state.struck++
    return isStruck
  }

  /** A rule that another process has taken away is not triggered. */
  async #isItsTurnAmongAll({ id, rule }: Counted, shared: SharedStore): Promise<boolean> {
    const seen = await countSeen(shared, id)
    return seen !== undefined && this.#fitsCount({ id, rule }, seen) && countStruck(shared, id, rule.times)
  }

  #fitsCount({ id, rule: { nth, probability } }: Pick<Counted, 'id' | 'rule'>, seen: number): boolean {
    return (
      (nth === undefined || nth === seen) &&
      (probability === undefined || hashFraction(this.#seed, id, seen) < probability)
    )
  }
}

function fitsPlace(
  rule: Omit<FaultRule, 'effect'>,
  target: { action: string; region?: string | undefined; accountId: string },
) {
  return (
    (rule.action === undefined || rule.action === target.action) &&
    (rule.region === undefined || rule.region === target.region) &&
    (rule.account === undefined || rule.account === target.accountId)
  )
}

/** Tags that a call names itself, and those of the instances that it names. */
async function tagsOf(tx: Tx, { accountId, instanceIds, tags }: CallTarget): Promise<readonly Tags[]> {
  return [tags, ...(await listTags(tx, accountId, instanceIds)).values()]
}

function hasTag(sets: readonly Tags[], { key, value }: TagCondition): boolean {
  return sets.some(tags => tags[key] !== undefined && (value === undefined || tags[key] === value))
}

function copy(state: FaultState): FaultState {
  return Object.assign({}, state)
}
