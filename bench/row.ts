import type { Cluster } from './postgres.ts'
import type { Fleet } from './subject.ts'

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

/** One figure of one round, and what the reference came to just after it. */
export interface Sample {
  readonly value: number
  readonly reference?: number
}

/** What rows get to work with. */
export interface Workshop {
  /** Few requests: to see that everything works, not how fast. */
  readonly quick: boolean
  /** A folder for stores; on a disk, since a memory file system would make durability look free. */
  readonly folder: string
  /** A fleet of this size; made when first asked for. */
  readonly fleet: (count: number) => Promise<Fleet>
  /** A PostgreSQL of this run's own; started when first asked for. */
  readonly postgres: () => Promise<Cluster>
}

/** A benchmark: a line of the table per measure. */
export interface Row {
  readonly name: string
  readonly title: string
  /** Measured only when it is asked for. */
  readonly extra?: true
  readonly measures: readonly Measure[]
  /** Gets everything ready and returns what runs one round: a sample per measure, in order; none is "not measured". */
  prepare(workshop: Workshop): Promise<() => Promise<readonly (Sample | undefined)[]>>
}
