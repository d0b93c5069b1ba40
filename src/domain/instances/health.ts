import { systemEventTypes, type SystemEventStatus, type SystemEventType } from '../system-events/system-events.ts'
import type { InstanceStatus } from './types.ts'

/** Health as DescribeInstancesFullStatus shows it. 0, 64 and 128 stand in samples; the other codes are assumed. */
export const healthStatuses = {
  Ok: 0,
  InsufficientData: 4,
  NotApplicable: 8,
  Initializing: 16,
  Maintaining: 32,
  Warning: 64,
  Impaired: 128,
} as const
export type HealthStatus = keyof typeof healthStatuses
export const healthStatusNames = Object.keys(healthStatuses) as HealthStatus[]

/** The events of an instance that bear on its health, the gravest first. */
export const concerns = ['failing', 'under-maintenance', 'about-to-fail', 'none'] as const
export type Concern = (typeof concerns)[number]

export function concernOf(type: SystemEventType, status: SystemEventStatus): Concern {
  const { trouble } = systemEventTypes[type]
  if (trouble === 'billing') return 'none'
  if (status === 'Executing') return trouble === 'failure' ? 'failing' : 'under-maintenance'
  return status === 'Scheduled' && trouble === 'failure' ? 'about-to-fail' : 'none'
}

/** The health of an instance whose gravest event is `concern`. */
export function healthOf(status: InstanceStatus, concern: Concern): HealthStatus {
  if (concern === 'failing') return 'Impaired'
  if (concern === 'under-maintenance') return 'Maintaining'
  if (status === 'Pending' || status === 'Starting') return 'Initializing'
  if (status === 'Stopped') return 'NotApplicable'
  return concern === 'about-to-fail' ? 'Warning' : 'Ok'
}
