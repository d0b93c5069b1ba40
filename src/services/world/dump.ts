import sql, { bulk, raw } from 'sql-template-tag'
import { listCounters, raiseCounters } from '../../store/tables/world/counters.ts'
import { restartRevisions } from '../../store/tables/instances/instances.ts'
import { reassignUnknownHosts } from '../../store/tables/instances/placement.ts'
import type { Tx, Value } from '../../store/store.ts'
import { portionsOf } from '../../store/table.ts'
import { type TableName, tables } from '../../store/tables/every-table.ts'
import type { SeedService } from './seeding.ts'

/** The schema of documents: greater by one once what was written before can't be read any more. */
const documentSchema = 1
/** What a reset leaves alone: signatures that were used, numbers that were given out, and what lies on this host. */
const survivors: ReadonlySet<TableName> = new Set(['nonces', 'counters', 'hosts', 'images'])
/** What is about the hosts themselves, which are here and not in a document. */
const local: ReadonlySet<TableName> = new Set(['hosts', 'images'])

/** All state, as `state export` writes it. */
export interface StateDocument {
  /** The schema it was written with; another one cannot be read. */
  readonly schema: number
  readonly tables: Readonly<
    Record<TableName, { readonly columns: readonly string[]; readonly rows: readonly (readonly Value[])[] }>
  >
}

/** A state document cannot be taken; the message says why. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** A part that keeps rows in memory. */
export interface Memory {
  /** Writes what the rows lack. */
  save?(tx: Tx): Promise<void>
  /** All rows are being replaced, in this transaction. */
  reload(tx: Tx): Promise<void> | void
}

/** The world as a whole: everything that is stored, emptied, taken out, put back; each in a transaction that is alone. */
export class Dump {
  readonly #seeding: SeedService
  readonly #memories: readonly Memory[]

  constructor(seeding: SeedService, memories: readonly Memory[]) {
    this.#seeding = seeding
    this.#memories = memories
  }

  /** Empties everything; what is left is a new server's default account. Instance time stays where it is. */
  async reset(tx: Tx): Promise<void> {
    tx.dropCache()
    for (const { name } of tables) {
      if (!survivors.has(name)) await tx.run(sql`delete from ${raw(name)}`)
    }
    await this.#seeding.prepare(tx, [])
    for (const memory of this.#memories) await memory.reload(tx)
  }

  async exportState(tx: Tx): Promise<StateDocument> {
    for (const memory of this.#memories) await memory.save?.(tx)
    await tx.dialect.eventNumbers?.save(tx)
    const entries: [TableName, StateDocument['tables'][TableName]][] = []
    for (const { name, stateColumns: columns } of tables) {
      const rows = await tx.all(
        sql`select ${raw(columns.join(', '))} from ${raw(name)} order by 1, 2`,
        values => values,
      )
      entries.push([name, { columns, rows }])
    }
    return { schema: documentSchema, tables: Object.fromEntries(entries) as StateDocument['tables'] }
  }

  /** Replaces everything by what a document holds; numbers that were given out are not given out again. */
  async importState(tx: Tx, state: StateDocument): Promise<void> {
    if (state.schema !== documentSchema) {
      throw new StateError(
        `The state was written with schema ${state.schema}; this localyun reads ${documentSchema} only.`,
      )
    }
    const counters = await listCounters(tx)
    tx.dropCache()
    for (const { name, stateColumns: known } of tables) {
      const { columns, rows } = state.tables[name]
      if (columns.length !== known.length || columns.some(column => !known.includes(column))) {
        throw new StateError(`tables.${name}.columns must be ${known.join(', ')}.`)
      }
      if (rows.some(row => row.length !== columns.length)) {
        throw new StateError(`tables.${name}.rows: every row must have ${columns.length} values.`)
      }
      if (local.has(name)) continue
      await tx.run(sql`delete from ${raw(name)}`)
      for (const portion of portionsOf(rows)) {
        const values = bulk(portion.map(row => row.slice()))
        await tx.run(sql`insert into ${raw(name)} (${raw(columns.join(', '))}) values ${values}`)
      }
    }
    await restartRevisions(tx)
    await reassignUnknownHosts(tx)
    await raiseCounters(tx, counters)
    await tx.dialect.eventNumbers?.restore(tx)
    for (const memory of this.#memories) await memory.reload(tx)
  }
}
