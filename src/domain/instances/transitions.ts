import type { InstanceStatus, OperationInFlight } from './types.ts'

/**
 * The only changes of status there are. An event that a status does not list is refused; nothing else writes a status.
 * Sources: help pages "Instance lifecycle" and "Instance event notification".
 */
const transitions = {
  Pending: {
    provisioned: { status: 'Starting', operation: 'start' },
    // Made by CreateInstance: off until it is started.
    'provisioned-off': { status: 'Stopped', operation: null },
  },
  Starting: {
    'powered-on': { status: 'Running', operation: null },
    'start-failed': { status: 'Stopped', operation: null },
  },
  Running: {
    'stop-ordered': { status: 'Stopping', operation: 'stop' },
    'reboot-ordered': { status: 'Stopping', operation: 'reboot' },
    'release-ordered': { status: 'Stopping', operation: 'release' },
    'powered-off-by-guest': { status: 'Stopped', operation: null },
  },
  Stopping: {
    // A stop that hangs may be turned into a power cut.
    'stop-ordered': { status: 'Stopping', operation: 'stop' },
    'powered-off': { status: 'Stopped', operation: null },
    // Of an economical stop: its capacity is still to be given back.
    'powered-off-to-deallocate': { status: 'Stopped', operation: 'deallocate' },
    'stop-failed': { status: 'Running', operation: null },
    // A subscription that has just ended is renewed.
    'restart-ordered': { status: 'Stopping', operation: 'reboot' },
    'powered-off-to-restart': { status: 'Starting', operation: 'reboot' },
  },
  Stopped: {
    deallocated: { status: 'Stopped', operation: null },
    'start-ordered': { status: 'Starting', operation: 'start' },
  },
} as const satisfies Record<InstanceStatus, Record<string, State>>

export interface State {
  readonly status: InstanceStatus
  /** What is in flight after the transition. */
  readonly operation: OperationInFlight | null
}

export type LifecycleEvent = { [S in InstanceStatus]: keyof (typeof transitions)[S] }[InstanceStatus]

/** The state that `event` leads to from `status`, or undefined where it is refused. */
export function transition(status: InstanceStatus, event: LifecycleEvent): State | undefined {
  return (transitions[status] as Partial<Record<LifecycleEvent, State>>)[event]
}

/** For docs and the property tests: every row of the table. */
export function listTransitions(): { from: InstanceStatus; event: LifecycleEvent; to: State }[] {
  return Object.entries(transitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => ({
      from: from as InstanceStatus,
      event: event as LifecycleEvent,
      to: to as State,
    })),
  )
}
