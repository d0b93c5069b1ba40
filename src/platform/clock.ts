/** The machine's own time, in ms since the epoch. Judges signatures, nonces and leases; never instance time. */
export const wallClock = { now: (): number => Date.now() }

export type ClockMode = 'real' | 'virtual' | 'auto'
export const clockModes: readonly ClockMode[] = ['real', 'virtual', 'auto']

/**
 * Instance time, in ms since the epoch: what statuses, releases and everything else that falls due are judged by.
 * `real` runs with the machine (times `timeScale`); `virtual` stands still until somebody moves it; `auto` is virtual
 * and is moved to the next due job by the engine whenever the server is idle.
 */
export interface Clock {
  readonly mode: ClockMode
  /** Whether instance time leaves the machine's time behind, so that it must be saved to survive a restart. */
  readonly drifts: boolean
  now(): number
  /** Moves instance time forward to `at`. A clock never goes back; a real clock can't be moved at all. */
  moveTo(at: number): void
  /** Calls `ring` once, when a real clock reaches `at`. A virtual clock never rings: the engine moves it. */
  alarm(at: number, ring: () => void): Cancel
}

export type Cancel = () => void

export interface ClockOptions {
  mode: ClockMode
  /** Instance seconds per real second; > 0; real clock only. */
  timeScale?: number
  /** Instance time to start from, ms. A real clock starts from the later of this and the machine's time. */
  startAt?: number | undefined
}

export function createClock({ mode, timeScale = 1, startAt }: ClockOptions): Clock {
  return mode === 'real' ? realClock(timeScale, startAt) : virtualClock(mode, startAt ?? wallClock.now())
}

function realClock(timeScale: number, startAt = 0): Clock {
  const bootedAt = wallClock.now()
  const base = Math.max(bootedAt, startAt)
  const now = () => Math.floor(base + (wallClock.now() - bootedAt) * timeScale)
  return {
    mode: 'real',
    drifts: timeScale !== 1,
    now,
    moveTo() {
      throw new Error('A real clock cannot be moved. Start localyun with --clock virtual or --clock auto.')
    },
    alarm(at, ring) {
      const delayMs = Math.max(0, Math.ceil((at - now()) / timeScale))
      // A timer holds 2^31 ms at most; ringing early is harmless, the engine looks and sets the next alarm.
      const timer = setTimeout(ring, Math.min(delayMs, 2 ** 31 - 1))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

function virtualClock(mode: 'virtual' | 'auto', startAt: number): Clock {
  let current = startAt
  return {
    mode,
    drifts: true,
    now: () => current,
    moveTo(at) {
      current = Math.max(current, at)
    },
    alarm: () => () => undefined,
  }
}

/** A real timer for the program's own housekeeping (idle detection, flushes), never for instance time. */
export function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Runs `run` again and again, for housekeeping. */
export function every(intervalMs: number, run: () => void): Cancel {
  const timer = setInterval(run, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, delayMs))
}
