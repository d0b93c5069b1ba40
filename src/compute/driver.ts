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

export type Step = 'provision' | 'start' | 'stop' | 'deallocate'

/** A method that may have to wait for machines. */
export interface Ask<Args extends unknown[], Answer> {
  (...args: Args): Promise<Answer>
  /** It waits for nothing: the promise it returns is settled already, so that it may be asked inside a transaction. */
  readonly atOnce?: true
}

type AskStep = Ask<[machine: DrivenMachine, order: Order, now: number], Progress>

/**
 * Runs machines. A driver knows nothing of the API, and every method may be called again after a crash: it carries on
 * with the same order instead of beginning anew.
 */
export interface ComputeDriver {
  readonly name: 'simulated' | 'qemu'
  /** When it first makes sense to call the step's method; instance time, ms. */
  firstLookAt(step: Step, machine: DrivenMachine, order: Order): number
  readonly provision: AskStep
  readonly start: AskStep
  readonly stop: AskStep
  /** Gives back what the host reserved for the machine, which is off. */
  readonly deallocate: AskStep
  /** Removes the machine and what belongs to it, whatever its power. */
  readonly destroy: Ask<[machine: DrivenMachine], void>
}
