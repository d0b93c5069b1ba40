import { findInstanceType } from '../catalogue/instance-types.ts'
import type { InstanceFacts, StopMode } from './types.ts'

/** VPC, pay-as-you-go or spot, no local disks, no persistent memory (help page "Economical mode"). */
export function isEligibleForEconomicalMode(
  instance: Pick<InstanceFacts, 'networkType' | 'chargeType' | 'type'>,
): boolean {
  if (instance.networkType !== 'vpc' || instance.chargeType !== 'PostPaid') return false
  const type = findInstanceType(instance.type)
  return type?.localStorage === undefined && type?.persistentMemory !== true
}

/** What DescribeInstances shows as StoppedMode. */
export function shownStopMode(
  instance: Pick<InstanceFacts, 'status' | 'stopMode' | 'chargeType'>,
): StopMode | 'Not-applicable' {
  if (instance.status !== 'Stopped' && instance.status !== 'Stopping') return 'Not-applicable'
  // Captured answers of stopped subscription instances show no mode.
  if (instance.chargeType === 'PrePaid') return 'Not-applicable'
  return instance.stopMode ?? 'Not-applicable'
}
