import type { Workshop } from './workshop.ts'

/** `least` and `most` are of the measured value, or of its ratio to the reference. */
export interface Goal {
  readonly least?: number
  readonly most?: number
  readonly of?: 'ratio'
}

export interface Measure {
  readonly name: string
  readonly unit: string
  readonly goal?: Goal
}

/** What a round reads for a measure. */
export interface Figure {
  readonly value: number
  /** Processor time of the servers, ms, per call; of starts, per start. Undefined where there is none to tell. */
  readonly processorMs?: number | undefined
  /** What the value is compared with, where it comes of the same measurement. */
  readonly reference?: Figure
}

/** A figure per measure, in order; undefined is "not measured". */
export type Figures = readonly (Figure | undefined)[]

/** A row that is ready to be measured again and again. */
export interface Bench {
  measure(): Promise<Figures>
  /** The same of what the subject is compared with, measured once per round in alternation with it. */
  reference?(): Promise<Figures>
  /** Ends what `prepare` has started. */
  end?(): Promise<void>
}

/** A benchmark: a line of the table per measure. */
export interface Row {
  readonly name: string
  readonly title: string
  /** Measured only when it is asked for. */
  readonly extra?: true
  /** Counts rather than times, so that one round says it all. */
  readonly counts?: true
  readonly measures: readonly Measure[]
  /** Gets everything ready for the checkout that the workshop is of. */
  prepare(workshop: Workshop): Promise<Bench>
}
