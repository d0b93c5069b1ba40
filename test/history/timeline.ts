import type { LoggedEvent, Recorded } from './history.ts'
import { deallocated, follow, running, type State } from './model.ts'

/** From when to when a call was under way: its effect lies in between. */
export type Window = Pick<Recorded, 'invokedAt' | 'completedAt'>
const anyTime: Window = { invokedAt: -Infinity, completedAt: Infinity }

/** The life of one instance: what it was before, between and after its effects. */
export interface Timeline {
  /** One more than effects. */
  readonly states: readonly State[]
  /** Effects up to this one cannot lie before this time: for each state, since when it can have been. */
  readonly possibleFrom: readonly number[]
  /** For each state, until when it can have been. */
  readonly possibleUntil: readonly number[]
}

/** Puts the events of an instance together, or says which one does not fit. */
export function buildTimeline(
  events: readonly LoggedEvent[],
  windowOf: (event: LoggedEvent) => Window | undefined,
  mayOrder: (request: string) => boolean,
): Timeline | string {
  const [created, ...effects] = events
  if (created?.state !== 'Created') return 'does not begin with Created'
  let state = running
  const states: State[] = [state]
  const windows: Window[] = []
  for (const event of effects) {
    if (state.busy === 'deallocate') {
      // It ends unseen at some time before the next effect.
      state = deallocated(state)
      states.push(state)
      windows.push(anyTime)
    }
    const next = follow(state, event, mayOrder)
    if (next === undefined) {
      return `event ${event.seq}: ${event.state} by ${event.actor} (${event.reason}) cannot follow ${state.status} ${state.busy ?? ''}`
    }
    state = next
    states.push(state)
    windows.push(windowOf(event) ?? anyTime)
  }
  if (state.busy === 'deallocate') {
    states.push(deallocated(state))
    windows.push(anyTime)
  }
  return bound(states, windows)
}

function bound(states: readonly State[], windows: readonly Window[]): Timeline | string {
  const possibleFrom = [-Infinity]
  for (const { invokedAt, completedAt } of windows) {
    const from = Math.max(possibleFrom.at(-1) ?? -Infinity, invokedAt)
    // An effect later in the log than one of a call that had not even begun when this one's call was answered.
    if (from > completedAt) return 'its effects are in an order that contradicts time'
    possibleFrom.push(from)
  }
  const possibleUntil = [Infinity]
  for (const { completedAt } of windows.toReversed()) {
    possibleUntil.unshift(Math.min(possibleUntil[0] ?? Infinity, completedAt))
  }
  return { states, possibleFrom, possibleUntil }
}

/** The first state, from number `first` on, that an answer can have come from; -1 when there is none. */
export function placeOf(timeline: Timeline, window: Window, fits: (state: State) => boolean, first = 0): number {
  for (let at = Math.max(first, firstPossible(timeline, window)); at < timeline.states.length; at++) {
    if ((timeline.possibleFrom[at] ?? Infinity) > window.completedAt) return -1
    const state = timeline.states[at]
    if (state !== undefined && fits(state)) return at
  }
  return -1
}

/** The first state that can have lasted until the call began; `possibleUntil` never falls. */
function firstPossible({ possibleUntil }: Timeline, { invokedAt }: Window): number {
  let [low, high] = [0, possibleUntil.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((possibleUntil[middle] ?? Infinity) >= invokedAt) high = middle
    else low = middle + 1
  }
  return low
}

/** Something that a client was told about an instance. */
export interface Observation {
  readonly window: Window
  readonly fits: (state: State) => boolean
  readonly told: string
}

/**
 * Looks for a place for each observation such that none stands before one that had ended when it began. Taking the
 * first that fits leaves the most room for the others. Returns those that have none.
 */
export function explain(timeline: Timeline, observations: readonly Observation[]): Observation[] {
  const byBegin = observations.toSorted((one, other) => one.window.invokedAt - other.window.invokedAt)
  /** By when they ended: those among them that had ended are no longer looked at. */
  const placed: { completedAt: number; place: number }[] = []
  let floor = 0
  const unexplained: Observation[] = []
  for (const observation of byBegin) {
    const { window, fits } = observation
    for (let index = placed.length - 1; index >= 0; index--) {
      const one = placed[index]
      if (one === undefined || one.completedAt >= window.invokedAt) continue
      floor = Math.max(floor, one.place)
      placed.splice(index, 1)
    }
    const place = placeOf(timeline, window, fits, floor)
    if (place < 0) unexplained.push(observation)
    else placed.push({ completedAt: window.completedAt, place })
  }
  return unexplained
}
