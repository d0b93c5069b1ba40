import sql, { bulk, join, raw } from 'sql-template-tag'
import { listCounters, raiseCounters } from '../../store/tables/world/counters.ts'
import { reassignUnknownHosts } from '../../store/tables/instances/placement.ts'
import { migrations } from '../../store/migrations.ts'
import type { Tx } from '../../store/store.ts'
import type { SeedService } from './seeding.ts'

/** Every table there is. Parents before children is not needed: nothing refers by constraint. */
export const tables = [
  'settings',
  'counters',
  'accounts',
  'balances',
  'reactivations',
  'access_keys',
  'kms_keys',
  'stock',
  'spot_prices',
  'spot_interruptions',
  'instances',
  'eips',
  'released_instances',
  'jobs',
  'faults',
  'stale_views',
  'nonces',
  'client_tokens',
  'events',
  'webhooks',
  'webhook_deliveries',
  'system_events',
  'meter',
  'payments',
  'hosts',
  'images',
  'traffic',
] as const
/** What a reset leaves alone: signatures that were used, numbers that were given out, and what lies on this host. */
const survivors: ReadonlySet<string> = new Set(['nonces', 'counters', 'hosts', 'images'])
/** What is about the hosts themselves, which are here and not in a document. */
const local: ReadonlySet<string> = new Set(['hosts', 'images'])
type TableName = (typeof tables)[number]

type Value = string | number | null

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
    for (const table of tables) {
      if (!survivors.has(table)) await tx.run(sql`delete from ${raw(table)}`)
    }
    await this.#seeding.prepare(tx, [])
    for (const memory of this.#memories) await memory.reload(tx)
  }

  async exportState(tx: Tx): Promise<StateDocument> {
    for (const memory of this.#memories) await memory.save?.(tx)
    await tx.dialect.eventNumbers?.save(tx)
    const entries: [TableName, StateDocument['tables'][TableName]][] = []
    for (const table of tables) {
      const columns = await tx.columns(table)
      const names = join(columns.map(column => raw(column)))
      const rows = await tx.all<Record<string, Value>>(sql`select ${names} from ${raw(table)} order by 1, 2`)
      entries.push([table, { columns, rows: rows.map(row => columns.map(column => row[column] ?? null)) }])
    }
    return { schema: migrations.length, tables: Object.fromEntries(entries) as StateDocument['tables'] }
  }

  /** Replaces everything by what a document holds; numbers that were given out are not given out again. */
  async importState(tx: Tx, state: StateDocument): Promise<void> {
    if (state.schema !== migrations.length) {
      throw new StateError(
        `The state was written with schema ${state.schema}; this localyun reads ${migrations.length} only.`,
      )
    }
    const counters = await listCounters(tx)
    tx.dropCache()
    for (const table of tables) {
      const { columns, rows } = state.tables[table]
      const known = await tx.columns(table)
      if (columns.length !== known.length || columns.some(column => !known.includes(column))) {
        throw new StateError(`tables.${table}.columns must be ${known.join(', ')}.`)
      }
      if (rows.some(row => row.length !== columns.length)) {
        throw new StateError(`tables.${table}.rows: every row must have ${columns.length} values.`)
      }
      if (local.has(table)) continue
      await tx.run(sql`delete from ${raw(table)}`)
      const names = join(columns.map(column => raw(column)))
      for (let start = 0; start < rows.length; start += 100) {
        const portion = rows.slice(start, start + 100).map(row => row.slice())
        await tx.run(sql`insert into ${raw(table)} (${names}) values ${bulk(portion)}`)
      }
    }
    await reassignUnknownHosts(tx)
    await raiseCounters(tx, counters)
    await tx.dialect.eventNumbers?.restore(tx)
    for (const memory of this.#memories) await memory.reload(tx)
  }
}
