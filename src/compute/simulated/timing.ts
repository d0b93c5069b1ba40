/** How long simulated machines take, in ms of instance time. */
export interface Timing {
  readonly pendingMs: number
  readonly startMs: number
  readonly stopMs: number
  readonly forcedStopMs: number
  /** How long an economical stop goes on giving capacity back after it has shown Stopped. */
  readonly deallocateMs: number
}

/** `realistic` has the figures that a real region shows on a quiet day; `short` keeps tests quick. */
export const timingProfiles = {
  short: { pendingMs: 1_000, startMs: 3_000, stopMs: 3_000, forcedStopMs: 1_000, deallocateMs: 1_000 },
  realistic: { pendingMs: 2_000, startMs: 5_000, stopMs: 10_000, forcedStopMs: 2_000, deallocateMs: 5_000 },
} as const satisfies Record<string, Timing>
