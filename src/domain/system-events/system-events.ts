import type { InstanceStatus } from '../instances/types.ts'

/**
 * What the platform does to instances by itself. Help page "Overview of ECS system events"; of the codes, 1, 34 and 65 stand
 * in the samples of DescribeInstancesFullStatus, the others go on from them: a code per kind of trouble plus one per effect.
 */
export const systemEventTypes = {
  'SystemMaintenance.Reboot': { code: 1, trouble: 'maintenance', effect: 'reboot' },
  'SystemMaintenance.Stop': { code: 2, trouble: 'maintenance', effect: 'stop' },
  'SystemMaintenance.Redeploy': { code: 4, trouble: 'maintenance', effect: 'reboot' },
  'InstanceExpiration.Stop': { code: 34, trouble: 'billing', effect: 'stop' },
  'InstanceExpiration.Delete': { code: 35, trouble: 'billing', effect: 'release' },
  'SystemFailure.Reboot': { code: 65, trouble: 'failure', effect: 'reboot' },
  'SystemFailure.Stop': { code: 66, trouble: 'failure', effect: 'stop' },
  'SystemFailure.Delete': { code: 67, trouble: 'failure', effect: 'release' },
  'SystemFailure.Redeploy': { code: 68, trouble: 'failure', effect: 'reboot' },
  'InstanceFailure.Reboot': { code: 97, trouble: 'failure', effect: 'reboot' },
  'AccountUnbalanced.Stop': { code: 130, trouble: 'billing', effect: 'stop' },
  'AccountUnbalanced.Delete': { code: 131, trouble: 'billing', effect: 'release' },
} as const
export type SystemEventType = keyof typeof systemEventTypes
export const systemEventTypeNames = Object.keys(systemEventTypes) as SystemEventType[]

/** The kind that a user avoids by rebooting or stopping the instance before its time. */
export const avoidableType: SystemEventType = 'SystemMaintenance.Reboot'

/** How far an event is. 0, 8 and 24 stand in the samples; the other codes are assumed. Nothing here is Inquiring. */
export const systemEventStatuses = {
  Executed: 0,
  Avoided: 8,
  Executing: 16,
  Scheduled: 24,
  Canceled: 32,
  Failed: 40,
  Inquiring: 48,
} as const
export type SystemEventStatus = keyof typeof systemEventStatuses
/** Nothing follows on these. */
export const finishedStatuses = ['Avoided', 'Executed', 'Canceled', 'Failed'] as const satisfies SystemEventStatus[]
export type FinishedStatus = (typeof finishedStatuses)[number]

/** What a due event does to an instance. */
export type SystemEventPlan =
  | { readonly effect: 'reboot' | 'stop'; readonly force: boolean }
  | { readonly effect: 'release' }
  /** There is nothing left to reboot or to stop. */
  | { readonly effect: 'none' }
  /** The instance is in the middle of something that has to come to its end first. */
  | { readonly effect: 'wait' }

/** A failure cuts the power; maintenance and billing let the guest shut down. */
export function planSystemEvent(type: SystemEventType, status: InstanceStatus): SystemEventPlan {
  const { effect, trouble } = systemEventTypes[type]
  if (effect === 'release') return { effect }
  if (status === 'Running') return { effect, force: trouble === 'failure' }
  return { effect: status === 'Stopped' ? 'none' : 'wait' }
}
