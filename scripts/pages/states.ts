import type { Situation } from '../../src/domain/instances/checks.ts'
import { listTransitions, transition } from '../../src/domain/instances/transitions.ts'
import type { Decision } from '../../src/domain/instances/refusals.ts'
import { decideRelease } from '../../src/domain/instances/releasing.ts'
import { decideReboot, decideStart } from '../../src/domain/instances/starting.ts'
import { decideStop } from '../../src/domain/instances/stopping.ts'
import { type InstanceStatus, instanceStatuses, type OperationInFlight } from '../../src/domain/instances/types.ts'
import { describeError } from '../../src/protocol/errors.ts'
import { batchError, singleError } from '../../src/operations/ecs/instances/common.ts'
import { table } from './markdown.ts'

/** Every situation an instance can be in, as the rules see it. */
const situations: { name: string; status: InstanceStatus; operation: OperationInFlight | null }[] = [
  { name: 'Pending', status: 'Pending', operation: 'provision' },
  { name: 'Starting', status: 'Starting', operation: 'start' },
  { name: 'Running', status: 'Running', operation: null },
  { name: 'Stopping', status: 'Stopping', operation: 'stop' },
  { name: 'Stopping (reboot)', status: 'Stopping', operation: 'reboot' },
  { name: 'Starting (reboot)', status: 'Starting', operation: 'reboot' },
  { name: 'Stopping (release)', status: 'Stopping', operation: 'release' },
  { name: 'Stopped, giving its capacity back', status: 'Stopped', operation: 'deallocate' },
  { name: 'Stopped', status: 'Stopped', operation: null },
]

const stop = (force: boolean) => (one: Situation) =>
  decideStop(one, { force, mode: undefined, hibernate: false }, { hasLocalDisks: false, hasPersistentMemory: false })
const start = (one: Situation) =>
  decideStart(
    one,
    () => true,
    () => false,
  )
const release = (force: boolean, forceStop: boolean) => (one: Situation) =>
  decideRelease(one, { force, forceStop, terminateSubscription: false, now: 0 })

export const rules: { name: string; decide: (one: Situation) => Decision<unknown>; batch: boolean }[] = [
  { name: 'StopInstances', decide: stop(false), batch: true },
  { name: 'StopInstances ForceStop', decide: stop(true), batch: true },
  { name: 'StopInstance', decide: stop(false), batch: false },
  { name: 'StartInstances', decide: start, batch: true },
  { name: 'StartInstance', decide: start, batch: false },
  { name: 'RebootInstances', decide: decideReboot, batch: true },
  { name: 'RebootInstance', decide: decideReboot, batch: false },
  { name: 'DeleteInstance(s)', decide: release(false, true), batch: false },
  { name: 'DeleteInstance(s) Force', decide: release(true, true), batch: false },
  { name: 'DeleteInstance(s) Force, ForceStop=false', decide: release(true, false), batch: false },
]

export function statesPage(): string {
  const byStatus = situations.map(({ name, status, operation }) =>
    [name].concat(rules.map(rule => cell(rule, situation({ status, operation })))),
  )
  const transitions = listTransitions().map(({ from, event, to }) => [from, event, to.status])
  return `# States and operations

What each operation does to an instance in each state: the status that follows, or the error.

${table(['State', ...rules.map(rule => rule.name)], byStatus)}

What locks do to them, and to the other operations, is in [locks](locks.md).

Every change of status there is; nothing else writes one:

${table(['From', 'Event', 'To'], transitions)}

The five statuses are ${instanceStatuses.join(', ')}. A released instance has none: it is gone, and its id is never used again.
`
}

export function situation(fields: Partial<Situation['instance']>): Situation {
  return {
    instance: {
      id: 'i-bp1example00000000001',
      seq: 1,
      regionId: 'cn-hangzhou',
      zoneId: 'cn-hangzhou-h',
      type: 'ecs.g7.large',
      status: 'Running',
      operation: null,
      stopMode: null,
      hostId: null,
      chargeType: 'PostPaid',
      spotStrategy: 'NoSpot',
      networkType: 'vpc',
      locks: [],
      kmsKeyIds: [],
      managed: false,
      deletionProtection: false,
      regainsPublicIp: false,
      guest: { shutdown: 'prompt' },
      expiresAt: null,
      rebootPlanned: false,
      ...fields,
    },
    account: { id: '1000000000000001', balanceFen: 0, defaultEconomicalMode: false, kms: 'open' },
    kmsKeys: new Map(),
  }
}

export function cell(rule: (typeof rules)[number], one: Situation): string {
  const decision = rule.decide(one)
  return 'plan' in decision ? `→ ${follows(decision.plan, one.instance.status)}` : (refusalCell(rule, one) ?? '')
}

/** The error that refuses an operation, or undefined. */
export function refusalCell(rule: (typeof rules)[number], one: Situation): string | undefined {
  const decision = rule.decide(one)
  if ('plan' in decision) return undefined
  const call = { action: rule.name, regionId: 'cn-hangzhou', expected: '' }
  const [name] = rule.batch ? batchError(decision.refusal, call) : singleError(decision.refusal, call)
  const { code, status } = describeError(name)
  return `${status} \`${code}\``
}

function follows(plan: unknown, status: InstanceStatus): string {
  const { event, release: how } = plan as { event?: Parameters<typeof transition>[1]; release?: string }
  if (event !== undefined) return transition(status, event)?.status ?? ''
  return how === 'at-once' ? '(gone)' : 'Stopping → (gone)'
}
