import type { LoggedEvent, PowerVerb, SeenInstance, Status } from './history.ts'

/** What an instance is in between two effects. Written for the checker, and shares nothing with the program's rules. */
export interface State {
  readonly status: Status
  /** What is under way and must not be disturbed, or `stop`. */
  readonly busy: 'stop' | 'reboot' | 'deallocate' | undefined
  /** The request that is being carried out. */
  readonly order: string
  /** The stop that led here gave capacity back. */
  readonly economical: boolean
}

export const running: State = { status: 'Running', busy: undefined, order: '', economical: false }

/** How a batch answers about an instance in this state: `200`, or the code of the refusal. */
export function answerOf(state: State, verb: PowerVerb, force: boolean): string {
  if (state.busy === 'reboot' || (verb === 'start' && state.busy === 'deallocate')) return 'InvalidOperation.Conflict'
  const fits = verb === 'start' ? state.status === 'Stopped' : state.status === 'Running'
  const hangs = verb === 'stop' && force && state.status === 'Stopping' && state.busy === 'stop'
  return fits || hangs ? '200' : 'IncorrectInstanceStatus'
}

export function looksLike(state: State, { status, stoppedMode }: SeenInstance): boolean {
  if (state.status !== status) return false
  return status !== 'Stopped' || stoppedMode === (state.economical ? 'StopCharging' : 'KeepCharging')
}

const verbs: Readonly<Record<string, PowerVerb>> = {
  StopInstances: 'stop',
  StartInstances: 'start',
  RebootInstances: 'reboot',
}

/** What a call that made an event asked for; undefined for events that no call makes. */
export function verbOf(event: LoggedEvent): PowerVerb | undefined {
  return event.actor === 'api' ? verbs[event.reason] : undefined
}

/** An economical stop says so in the event that ends it. */
export function endsEconomically(event: LoggedEvent): boolean {
  return event.state === 'Stopped' && event.reason.endsWith('given back')
}

/**
 * The state after an event, or undefined where the model has no such event: one that is there twice, or that nothing
 * led to. `mayOrder` says whether a request may have taken over the stop that is under way.
 */
export function follow(state: State, event: LoggedEvent, mayOrder: (request: string) => boolean): State | undefined {
  const { requestId: order } = event
  const verb = verbOf(event)
  if (verb !== undefined) {
    if (answerOf(state, verb, false) !== '200') return undefined
    if (verb === 'start') return event.state === 'Starting' ? { ...running, status: 'Starting', order } : undefined
    const busy = verb
    return event.state === 'Stopping' ? { status: 'Stopping', busy, order, economical: false } : undefined
  }
  if (event.actor !== 'platform') return undefined
  const isOwn = order === state.order
  switch (`${state.status} ${state.busy ?? ''} ${event.state}`) {
    case 'Stopping stop Stopped': {
      const economical = endsEconomically(event)
      const busy = economical ? ('deallocate' as const) : undefined
      return isOwn || mayOrder(order) ? { status: 'Stopped', busy, order, economical } : undefined
    }
    case 'Stopping reboot Starting':
      return isOwn ? { status: 'Starting', busy: 'reboot', order, economical: false } : undefined
    case 'Starting  Running':
    case 'Starting reboot Running':
      return isOwn ? running : undefined
  }
  return undefined
}

/** The end of an economical stop, which makes no event. */
export function deallocated(state: State): State {
  return { ...state, busy: undefined }
}
