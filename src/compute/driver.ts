import type { Guest } from '../domain/instance/types.ts'

/** What a driver must know of a machine. */
export interface DrivenMachine {
  readonly id: string
  readonly guest: Guest
}

/** A step that was ordered. Asking again with the same order must not do it twice. */
export interface Order {
  /** Instance time, ms. */
  readonly orderedAt: number
  /** For a stop: cut the power instead of asking the guest. */
  readonly force: boolean
}

export type Progress =
  | { readonly done: true }
  /** Not there yet; look again at this instance time, ms. */
  | { readonly done: false; readonly lookAgainAt: number }

export type Step = 'provision' | 'start' | 'stop'

/**
 * Runs machines. A driver knows nothing of the API, and every method may be called again after a crash: it carries on
 * with the same order instead of beginning anew.
 */
export interface ComputeDriver {
  readonly name: 'simulated' | 'qemu'
  /** When it first makes sense to call the step's method; instance time, ms. */
  firstLookAt(step: Step, machine: DrivenMachine, order: Order): number
  provision(machine: DrivenMachine, order: Order, now: number): Promise<Progress>
  start(machine: DrivenMachine, order: Order, now: number): Promise<Progress>
  stop(machine: DrivenMachine, order: Order, now: number): Promise<Progress>
  /** Removes the machine and what belongs to it, whatever its power. */
  destroy(machine: DrivenMachine): Promise<void>
}
