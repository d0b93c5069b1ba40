import sql, { bulk, empty, join, raw, Sql } from 'sql-template-tag'
import { type Columns, type NewRowOf, reader, type RowOf, valueWriter, writer } from './columns.ts'
import type { Read, Tx, Value } from './store.ts'
import { together } from './together.ts'

/** Some columns of a table, and how rows of them are read. */
export interface Selection<Row> {
  /** For a SELECT, in which further columns may follow. */
  readonly columns: Sql
  /** The columns where the table is called `alias`. */
  of(alias: string): Sql
  /** How many they are: where the values of further columns begin. */
  readonly width: number
  readonly read: Read<Row>
  /** What is written of a row, in the order of the columns. */
  readonly values: (row: Row) => Value[]
  /** The rows that `rest` leaves of the table: the part of the SELECT that follows its name. */
  list(tx: Tx, rest: Sql): Promise<Row[]>
  /** The first of them. */
  find(tx: Tx, rest: Sql): Promise<Row | undefined>
}

/** Values to write, or expressions for them; what is undefined stays as it is. */
export type ChangesOf<C extends Columns> = { readonly [K in keyof NewRowOf<C>]?: NewRowOf<C>[K] | Sql | undefined }

export interface Table<C extends Columns> {
  readonly name: string
  /** What a row is; for the types only. */
  readonly row?: RowOf<C>
  /** What its columns are called in the database, in the order of the schema. */
  readonly columns: readonly string[]
  /** Those that are part of the state. */
  readonly stateColumns: readonly string[]
  readonly all: Selection<RowOf<C>>
  select<K extends keyof C & string>(...properties: readonly K[]): Selection<Pick<RowOf<C>, K>>
  except<K extends keyof C & string>(...properties: readonly K[]): Selection<Omit<RowOf<C>, K>>
  /** `then`: what follows the values. Returns how many rows were written. */
  insert(tx: Tx, rows: readonly NewRowOf<C>[], then?: Sql): Promise<number>
  /** As insert; a row that has the same key is overwritten. */
  put(tx: Tx, rows: readonly NewRowOf<C>[]): Promise<void>
  /** The assignments of an UPDATE. */
  set(changes: ChangesOf<C>): Sql
  /** Returns how many rows that concerned. */
  update(tx: Tx, changes: ChangesOf<C>, where: Sql): Promise<number>
}

/** A row of a table. */
export type Row<T extends { readonly row?: unknown }> = Exclude<T['row'], undefined>

/**
 * Declares a table: its columns in the order of the schema, under the names that the properties of a row have. `key` are
 * those by which `put` knows a row.
 */
export function table<C extends Columns, Name extends string>(
  name: Name,
  columns: C,
  key: readonly (keyof C & string)[] = [],
): Table<C> & { readonly name: Name } {
  const all = Object.entries(columns).map(([property, column]) => ({
    property,
    column,
    name: column.name ?? withUnderscores(property),
    write: valueWriter(column),
  }))
  const byProperty = new Map(all.map(one => [one.property, one]))
  const written = all.filter(({ column }) => column.generated !== true)
  const counting = all.filter(({ column }) => column.counts === true)
  const countUp = raw(counting.map(one => `, ${one.name} = ${name}.${one.name} + 1`).join(''))

  const pick = <R>(properties: readonly string[]): Selection<R> => {
    const picked = all.filter(({ property }) => properties.includes(property))
    const declared = Object.fromEntries(picked.map(({ property, column }) => [property, column]))
    const read = reader(declared) as Read<R>
    const names = raw(picked.map(one => one.name).join(', '))
    const head = sql`select ${names} from ${raw(name)}`
    return {
      columns: names,
      of: alias => raw(picked.map(one => `${alias}.${one.name}`).join(', ')),
      width: picked.length,
      read,
      values: writer(declared) as (row: R) => Value[],
      list: (tx, rest) => tx.all(sql`${head} ${rest}`, read),
      find: (tx, rest) => tx.get(sql`${head} ${rest}`, read),
    }
  }
  const except = <R>(properties: readonly string[]) =>
    pick<R>([...byProperty.keys()].filter(property => !properties.includes(property)))

  const row = pick<NewRowOf<C>>(written.map(({ property }) => property))
  const insert = async (tx: Tx, rows: readonly NewRowOf<C>[], then = empty) => {
    const statements = portionsOf(rows).map(portion =>
      tx.run(sql`insert into ${raw(name)} (${row.columns}) values ${bulk(portion.map(row.values))} ${then}`),
    )
    await together(statements)
    return (await Promise.all(statements)).reduce((sum, written) => sum + written, 0)
  }
  const overwritten = written
    .filter(({ property }) => !key.includes(property))
    .map(one => `${one.name} = excluded.${one.name}`)
  const overwrite = sql`on conflict (${raw(key.map(one => byProperty.get(one)?.name).join(', '))}) do update set ${raw(overwritten.join(', '))}${countUp}`

  const set = (changes: ChangesOf<C>) => {
    const assignments = Object.entries(changes).flatMap(([property, value]) => {
      const column = byProperty.get(property)
      // A caller may hold more than the row has.
      if (value === undefined || column === undefined) return []
      return [sql`${raw(column.name)} = ${value instanceof Sql ? value : column.write(value)}`]
    })
    return sql`${join(assignments)}${countUp}`
  }

  return {
    name,
    columns: all.map(one => one.name),
    stateColumns: all.filter(one => !counting.includes(one)).map(one => one.name),
    all: except([]),
    select: (...properties) => pick(properties),
    except: (...properties) => except(properties),
    insert,
    put: async (tx, rows) => void (await insert(tx, rows, overwrite)),
    set,
    update: (tx, changes, where) => tx.run(sql`update ${raw(name)} set ${set(changes)} where ${where}`),
  }
}

/** Rows of one column. */
export const firstNumber: Read<number> = values => values[0] as number
export const firstText: Read<string> = values => values[0] as string

/** How many rows there are; `rest` is what follows FROM. */
export async function count(tx: Tx, rest: Sql): Promise<number> {
  return (await tx.get(sql`select count(*) from ${rest}`, firstNumber)) ?? 0
}

/** Rows of one INSERT, at most. */
const portionLimit = 64

/** What is inserted at a time. As the sizes are powers of two, few different statements insert any number of rows. */
export function portionsOf<Item>(rows: readonly Item[]): Item[][] {
  const portions: Item[][] = []
  for (let start = 0; start < rows.length;) {
    const size = Math.min(portionLimit, 2 ** Math.floor(Math.log2(rows.length - start)))
    portions.push(rows.slice(start, start + size))
    start += size
  }
  return portions
}

function withUnderscores(property: string): string {
  return property.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
