import { type Dice, pick } from '../history/workload.ts'

/** Whoever takes steps: a server, or the network. What waits for a dead one's step waits for ever. */
export interface Actor {
  dead: boolean
}

/** Carries messages; it never dies. */
export const network: Actor = { dead: false }

interface Step {
  readonly actor: Actor
  readonly run: () => void
}

/** Decides which step goes next. Between two steps nothing moves, so one seed always gives one order. */
export class Scheduler {
  readonly dice: Dice
  /** Work that goes on by itself until its next step. */
  #busy = 0
  #steps: Step[] = []

  constructor(dice: Dice) {
    this.dice = dice
  }

  /** Resolves when it is the turn of this step. */
  turn(actor: Actor): Promise<void> {
    return new Promise(run => this.later(actor, run))
  }

  /** Runs `run` when its turn comes. */
  later(actor: Actor, run: () => void): void {
    if (!actor.dead) this.#steps.push({ actor, run })
  }

  /** Work that does not wait for a step. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
    }
  }

  get waiting(): number {
    return this.#steps.length
  }

  forget(actor: Actor): void {
    actor.dead = true
    this.#steps = this.#steps.filter(step => step.actor !== actor)
  }

  /** Takes one of the steps that wait, and all that follows from it up to the next ones. */
  async go(): Promise<void> {
    const step = pick(this.dice, this.#steps)
    this.#steps.splice(this.#steps.indexOf(step), 1)
    step.run()
    await this.settle()
  }

  /** Waits until everybody waits for a step. */
  async settle(): Promise<void> {
    do await new Promise(resolve => setImmediate(resolve))
    while (this.#busy > 0)
  }
}
