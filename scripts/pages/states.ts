import {
  decideReboot,
  decideRelease,
  decideStart,
  decideStop,
  listTransitions,
  type Situation,
  transition,
} from '../../src/domain/instances/power.ts'
import type { Decision } from '../../src/domain/instances/refusals.ts'
import { type InstanceStatus, instanceStatuses, type OperationInFlight } from '../../src/domain/instances/types.ts'
import { describeError } from '../../src/protocol/errors.ts'
import { type Form, refusalError } from '../../src/operations/ecs/instances/refusals.ts'
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

const stop = (force: boolean) => (one: Situation) => decideStop(one, { force, mode: undefined, hibernate: false })
const start = (one: Situation) => decideStart(one, { isOutbid: false, hasRoom: true })
const release = (force: boolean, forceStop: boolean) => (one: Situation) =>
  decideRelease(one, { force, forceStop, terminateSubscription: false }, 0)

type Kind = 'stop' | 'start' | 'reboot' | 'release'

export const rules: { name: string; kind: Kind; decide: (one: Situation) => Decision<unknown>; form: Form }[] = [
  { name: 'StopInstances', kind: 'stop', decide: stop(false), form: 'batch' },
  { name: 'StopInstances ForceStop', kind: 'stop', decide: stop(true), form: 'batch' },
  { name: 'StopInstance', kind: 'stop', decide: stop(false), form: 'single' },
  { name: 'StartInstances', kind: 'start', decide: start, form: 'batch' },
  { name: 'StartInstance', kind: 'start', decide: start, form: 'StartInstance' },
  { name: 'RebootInstances', kind: 'reboot', decide: decideReboot, form: 'batch' },
  { name: 'RebootInstance', kind: 'reboot', decide: decideReboot, form: 'single' },
  { name: 'DeleteInstance(s)', kind: 'release', decide: release(false, true), form: 'single' },
  { name: 'DeleteInstance(s) Force', kind: 'release', decide: release(true, true), form: 'single' },
  { name: 'DeleteInstance(s) Force, ForceStop=false', kind: 'release', decide: release(true, false), form: 'single' },
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
      accountId: '1000000000000001',
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
    isHostAway: false,
  }
}

export function cell(rule: (typeof rules)[number], one: Situation): string {
  const decision = rule.decide(one)
  return 'plan' in decision
    ? `→ ${follows(rule.kind, decision.plan, one.instance.status)}`
    : (refusalCell(rule, one) ?? '')
}

/** The error that refuses an operation, or undefined. */
export function refusalCell(rule: (typeof rules)[number], one: Situation): string | undefined {
  const decision = rule.decide(one)
  if ('plan' in decision) return undefined
  const [name] = refusalError(rule.form, decision.refusal, { operation: rule.name, region: 'cn-hangzhou' })
  const { code, status } = describeError(name)
  return `${status} \`${code}\``
}

function follows(kind: Kind, plan: unknown, status: InstanceStatus): string {
  if (kind === 'release') return plan === 'at-once' ? '(gone)' : 'Stopping → (gone)'
  return transition(status, `${kind}-ordered`)?.status ?? ''
}
