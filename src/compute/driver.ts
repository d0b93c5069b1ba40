import type { Guest } from '../domain/instances/types.ts'

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
  | {
      readonly done: true
      /** The step cannot be done, and why: what was ordered is taken back. */
      readonly failed?: string
    }
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
  readonly destroy: Ask<[machine: Pick<DrivenMachine, 'id'>], void>
  /** Of a driver whose machines are really there. */
  readonly real?: RealMachines
}

/** Machines that live on without this process, and do things by themselves. */
export interface RealMachines {
  /** This host among others; it stays the same. */
  readonly hostId: string
  /** What runs them, in words. */
  readonly description: string
  /** What they may use of this host, all together. */
  readonly host: HostCapacity
  /** Finds the machines that an earlier process left; from now on `onOff` is told of each that goes off. */
  open(onOff: (instanceId: string) => void): Promise<void>
  /** Lets go of the machines, which run on. */
  close(): Promise<void>
  /** Every machine there is, on or off. */
  listIds(): string[]
  isOn(instanceId: string): boolean
  /** The end of what a machine has written to its serial console, and when it last did; machine time, ms. */
  readConsole(instanceId: string, limit: number): { readonly content: Buffer; readonly at: number } | undefined
  /** Where the host reaches a public machine's SSH. */
  sshAddress(instanceId: string): { readonly host: string; readonly port: number } | undefined
  readonly images: ImageStock
}

export interface HostCapacity {
  readonly vcpus: number
  readonly memoryMiB: number
}

/** The images from which machines are made. */
export interface ImageStock {
  /** Takes a copy of an image; throws an ImageError that says what is wrong with it. */
  add(image: ImageSource, onProgress: (percent: number) => void): Promise<{ readonly sizeGiB: number }>
  remove(id: string): Promise<void>
}

export interface ImageSource {
  readonly id: string
  /** Paths on this machine. */
  readonly file: string
  readonly kernel?: string | undefined
  readonly initrd?: string | undefined
}

/** An image cannot be used; the message says why. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
}

/** Machines cannot be run here; the message is for the person who started the server. */
export class ComputeError extends Error {
  override readonly name = 'ComputeError'
}
