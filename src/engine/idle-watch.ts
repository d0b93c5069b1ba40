import { after, type Cancel, wallClock } from '../platform/clock.ts'

/** How long nobody must have called before an auto clock moves on. */
const idleMs = 20
/** How long callers who never pause can hold an auto clock back: some poll in a tight loop for what it has to bring. */
const patienceMs = 200

/** Lets an auto clock move on when nobody calls. */
export class IdleWatch {
  readonly #moveOn: () => void
  #callsInFlight = 0
  #cancel: Cancel = () => undefined
  /** Since when the clock has been waiting for a pause; machine time, ms. */
  #waitingSince: number | undefined
  #stopped = false

  /** `moveOn` moves the clock to what comes next, and watches again when it has. */
  constructor(moveOn: () => void) {
    this.#moveOn = moveOn
  }

  /** Brackets a call, while which the clock stands still. Call the result when the call is over. */
  callBegins(): () => void {
    this.#callsInFlight++
    return () => {
      this.#callsInFlight--
      this.watch()
    }
  }

  /** Something may have been made that falls due: waits for a pause from here on. */
  watch(): void {
    if (this.#stopped) return
    this.#cancel()
    this.#waitingSince ??= wallClock.now()
    if (this.#isOutOfPatience()) this.#moveIfIdle()
    else if (this.#callsInFlight === 0) this.#cancel = after(idleMs, () => this.#moveIfIdle())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #moveIfIdle(): void {
    if (this.#callsInFlight > 0 && !this.#isOutOfPatience()) return
    this.#waitingSince = undefined
    this.#moveOn()
  }

  #isOutOfPatience(): boolean {
    return this.#waitingSince !== undefined && wallClock.now() - this.#waitingSince > patienceMs
  }
}
