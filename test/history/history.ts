/** What clients saw and what the store holds in the end: all that the checker goes by. */
export interface History {
  readonly calls: readonly Recorded[]
  /** The log of events, in order. */
  readonly events: readonly LoggedEvent[]
  /** The log as somebody read it who followed it all the time; undefined when nobody did. */
  readonly followed?: readonly LoggedEvent[]
  readonly meter: readonly MeteredRow[]
  /** As the store has them when nothing is left to do. */
  readonly instances: readonly FinalInstance[]
  /** Jobs that are left. */
  readonly jobs: number
  /** How much later than its event a row of the meter may begin, seconds. */
  readonly meterLagSeconds: number
}

export type Status = 'Running' | 'Stopping' | 'Stopped' | 'Starting'
export type PowerVerb = 'stop' | 'start' | 'reboot'

/** One call, in the words of the model. */
export interface ModelCall {
  readonly verb: PowerVerb | 'describe'
  readonly ids: readonly string[]
  /** All or none, or each on its own. */
  readonly mode: 'together' | 'separately'
  readonly force: boolean
  readonly economical: boolean
  readonly dryRun: boolean
}

/** A call with its place in time: numbers that grow with everything that begins or ends at a client. */
export interface Recorded {
  readonly call: ModelCall
  readonly invokedAt: number
  /** Infinity when no answer came: it may happen at any time, or never. */
  readonly completedAt: number
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly kind: 'accepted'; readonly requestId: string; readonly entries: readonly AnswerEntry[] }
  | { readonly kind: 'seen'; readonly requestId: string; readonly instances: readonly SeenInstance[] }
  | { readonly kind: 'refused'; readonly requestId: string; readonly code: string }
  /** No answer, or one that leaves open what was done. */
  | { readonly kind: 'unknown'; readonly why: string }

/** What a batch says of one instance; `200` when it was accepted. */
export interface AnswerEntry {
  readonly id: string
  readonly code: string
  readonly before: string
  readonly after: string
}

export interface SeenInstance {
  readonly id: string
  readonly status: string
  readonly stoppedMode: string
}

export interface LoggedEvent {
  readonly seq: number
  /** Instance time, ms. */
  readonly at: number
  readonly instanceId: string
  readonly state: string
  readonly actor: string
  readonly requestId: string
  readonly reason: string
}

export interface MeteredRow {
  readonly instanceId: string
  /** Seconds. */
  readonly at: number
  readonly compute: number
  readonly total: number
  readonly delta: number
}

export interface FinalInstance extends SeenInstance {
  readonly operation: string | null
}
