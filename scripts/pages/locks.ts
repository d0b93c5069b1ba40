import { findInstanceType } from '../../src/domain/catalogue/instance-types.ts'
import { refusalOfChange } from '../../src/domain/instances/attributes.ts'
import { refusalOfReactivation } from '../../src/domain/instances/reactivating.ts'
import { refusalOfAddress } from '../../src/domain/network/public-address.ts'
import { decideSpecChange, type SpecChange, type SpecRefusal } from '../../src/domain/instances/spec-change.ts'
import { type LockReason, lockReasons } from '../../src/domain/instances/types.ts'
import { refusalOfChargeType, refusalOfRenewal } from '../../src/domain/billing/subscription.ts'
import { refusals as addressErrors } from '../../src/operations/ecs/network/AllocatePublicIpAddress.ts'
import { refusals as chargeErrors } from '../../src/operations/ecs/billing/ModifyInstanceChargeType.ts'
import { refusals as networkErrors } from '../../src/operations/ecs/network/ModifyInstanceNetworkSpec.ts'
import { refusals as renewalErrors } from '../../src/operations/ecs/billing/RenewInstance.ts'
import { refusals as attributeErrors } from '../../src/operations/ecs/instances/ModifyInstanceAttribute.ts'
import { refusals as specErrors } from '../../src/operations/ecs/instances/ModifyInstanceSpec.ts'
import { refusals as reactivationErrors } from '../../src/operations/ecs/instances/ReActivateInstances.ts'
import { operations } from '../../src/operations/index.ts'
import { describeError, type ErrorName } from '../../src/protocol/errors.ts'
import { table } from './markdown.ts'
import { refusalCell, rules, situation } from './states.ts'

/** What an operation answers about an instance that has one lock and is otherwise fine; undefined when it does its work. */
export type UnderLock = (lock: LockReason) => string | undefined

/** The power operations, as states.ts knows them, and the others whose rules look at locks. */
export const lookers: ReadonlyMap<string, UnderLock> = new Map([
  ...['StopInstances', 'StopInstance', 'RebootInstances', 'RebootInstance'].map(name => power(name, 'Running')),
  ...['StartInstances', 'StartInstance'].map(name => power(name, 'Stopped')),
  ['ReActivateInstances', underReactivation] as const,
  ['ModifyInstanceSpec', underSpecChange] as const,
  ['ModifyInstanceAttribute', underAttributeChange] as const,
  ['ModifyInstanceNetworkSpec', underBandwidthChange] as const,
  ['AllocatePublicIpAddress', underAddress] as const,
  ['RenewInstance', underRenewal] as const,
  ['ModifyInstanceChargeType', underChargeChange] as const,
])

export function locksPage(): string {
  const rows = [...lookers].map(([action, answer]) =>
    [action].concat(lockReasons.map(lock => answer(lock) ?? 'as ever')),
  )
  const others = operations.filter(({ product, action }) => product === 'Ecs' && !lookers.has(action))
  return `# Locks

What an operation answers about an instance that is locked and otherwise fine. Why an instance is locked stands in
\`OperationLocks\` of DescribeInstances; what sets and takes \`financial\` is in [arrears](../arrears.md), and
[the control API](../control-api.md) sets and takes every lock.

${table(['Operation', ...lockReasons.map(lock => `\`${lock}\``)], rows)}

All other operations on instances take no notice of locks, a release (DeleteInstance, DeleteInstances) included:
${others
  .map(({ action }) => action)
  .sort()
  .join(', ')}.
`
}

function power(name: string, status: 'Running' | 'Stopped'): readonly [string, UnderLock] {
  const rule = rules.find(one => one.name === name)
  if (rule === undefined) throw new Error(`There are no rules of ${name}.`)
  return [name, lock => refusalCell(rule, situation({ status, operation: null, locks: [lock] }))]
}

function underReactivation(lock: LockReason): string | undefined {
  const { instance, account } = situation({ status: 'Stopped', locks: [lock] })
  const refusal = refusalOfReactivation({ instance, account, stoppedForArrears: true })
  if (refusal !== undefined) return cellOf(reactivationErrors[refusal])
  // It takes the lock of arrears away, and then starts the instance as ever.
  return lock === 'financial' ? undefined : power('StartInstance', 'Stopped')[1](lock)
}

function underSpecChange(lock: LockReason): string | undefined {
  const refusal = refusalOfSpec(lock, { of: 'type', target: findInstanceType('ecs.g7.xlarge') })
  return refusal === undefined ? undefined : cellOf(specErrors[refusal])
}

function underBandwidthChange(lock: LockReason): string | undefined {
  const refusal = refusalOfSpec(lock, { of: 'bandwidth', out: 5, in: undefined })
  return refusal === undefined ? undefined : cellOf(networkErrors[refusal as keyof typeof networkErrors])
}

function refusalOfSpec(lock: LockReason, change: SpecChange): SpecRefusal | undefined {
  const { instance, account } = situation({ status: 'Stopped', locks: [lock] })
  const facts = { creditSpecification: '', diskCount: 1, hasEip: false, bandwidthOut: 0, bandwidthIn: 10 }
  const decision = decideSpecChange({ instance, account, current: findInstanceType('ecs.g7.large'), ...facts }, change)
  return 'refusal' in decision ? decision.refusal : undefined
}

function underAddress(lock: LockReason): string | undefined {
  const refusal = refusalOfAddress({ status: 'Running', locks: [lock], eip: '', bandwidthOut: 5 })
  return refusal === undefined ? undefined : cellOf(addressErrors[refusal])
}

function underRenewal(lock: LockReason): string | undefined {
  const { instance } = situation({ chargeType: 'PrePaid', locks: [lock] })
  const refusal = refusalOfRenewal(instance, 1, 0)
  return refusal === undefined ? undefined : cellOf(renewalErrors[refusal])
}

function underChargeChange(lock: LockReason): string | undefined {
  const { instance } = situation({ locks: [lock] })
  const refusal = refusalOfChargeType({ ...instance, autoReleaseAt: null }, 'PrePaid')
  return refusal === undefined ? undefined : cellOf(chargeErrors[refusal])
}

function underAttributeChange(lock: LockReason): string | undefined {
  const { instance } = situation({ locks: [lock] })
  const nothing = {
    name: undefined,
    description: undefined,
    hostName: undefined,
    password: undefined,
    userData: undefined,
    securityGroupIds: [],
    deletionProtection: undefined,
    creditSpecification: undefined,
  }
  const refusal = refusalOfChange({ instance, change: nothing, windows: false, burstable: false, knownGroups: [] })
  return refusal === undefined ? undefined : cellOf(attributeErrors[refusal])
}

function cellOf(name: ErrorName): string {
  const { code, status } = describeError(name)
  return `${status} \`${code}\``
}
