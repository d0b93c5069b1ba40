import { readdir } from 'node:fs/promises'
import type { Order, Progress } from '../driver.ts'
import { Machine, type MachineOptions } from './machine.ts'

/** A machine that QEMU fails to make or start this often is not tried again. */
const mostFailures = 3

/** The machines of this host that the driver knows. One thing at a time is done to each of them. */
export class Fleet {
  readonly #options: Omit<MachineOptions, 'ports' | 'onOff'>
  readonly #machines = new Map<string, Machine>()
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #failures = new Map<string, { readonly orderedAt: number; readonly count: number }>()
  /** TCP ports that machines of this host have. */
  readonly #ports = new Set<number>()
  #onOff: (id: string) => void = () => undefined

  constructor(options: Omit<MachineOptions, 'ports' | 'onOff'>) {
    this.#options = options
  }

  /** Finds the machines that an earlier process left; from now on `onOff` is called for each that goes off. */
  async open(onOff: (id: string) => void): Promise<void> {
    this.#onOff = onOff
    for (const id of await readdir(this.#options.places.machines)) await this.inTurn(id, machine => machine.takeUp())
  }

  /** Lets go of the machines, which run on. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#turns.values())
    for (const machine of this.#machines.values()) machine.close()
  }

  /** The machine with this id, which need not have been made yet. */
  get(id: string): Machine {
    const known = this.#machines.get(id)
    if (known !== undefined) return known
    const machine = new Machine(id, { ...this.#options, ports: this.#ports, onOff: () => this.#onOff(id) })
    this.#machines.set(id, machine)
    return machine
  }

  find(id: string): Machine | undefined {
    return this.#machines.get(id)
  }

  listIds(): string[] {
    return [...this.#machines.keys()]
  }

  /** Does `work` when everything that was begun before on the same machine is over. */
  async inTurn<Result>(id: string, work: (machine: Machine) => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(id)
    const turn = (before ?? Promise.resolve()).catch(() => undefined).then(() => work(this.get(id)))
    this.#turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    }
  }

  /** As inTurn. QEMU may fail for a passing reason, a port that was just taken; what fails again and again is given up. */
  async tryInTurn(id: string, { orderedAt }: Order, work: (machine: Machine) => Promise<Progress>): Promise<Progress> {
    try {
      const progress = await this.inTurn(id, work)
      if (progress.done) this.#failures.delete(id)
      return progress
    } catch (reason) {
      const known = this.#failures.get(id)
      const count = known?.orderedAt === orderedAt ? known.count + 1 : 1
      this.#failures.set(id, { orderedAt, count })
      if (count < mostFailures) throw reason
      this.#failures.delete(id)
      return { done: true, failed: reason instanceof Error ? reason.message : String(reason) }
    }
  }

  /** Removes a machine with all that belongs to it. */
  destroy(id: string): Promise<void> {
    return this.inTurn(id, async machine => {
      await machine.destroy()
      this.#machines.delete(id)
      this.#failures.delete(id)
    })
  }
}
