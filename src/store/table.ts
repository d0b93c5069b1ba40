import sql, { empty, raw, Sql } from 'sql-template-tag'
import { type Column, type Columns, type NewRowOf, reader, type RowOf, valueWriter, writer } from './columns.ts'
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

interface DeclaredColumn {
  readonly property: string
  readonly name: string
  readonly column: Column<unknown>
  readonly write: (value: unknown) => Value
}

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
    name: column.name ?? withUnderscores(property),
    column,
    write: valueWriter(column),
  }))
  const counting = all.filter(({ column }) => column.counts === true)
  const countUp = counting.map(one => `, ${one.name} = ${name}.${one.name} + 1`).join('')
  const set = setter(all, countUp)
  const updateHead = [`update ${name} set `, ' where ', '']

  const written = all.filter(({ column }) => column.generated !== true)
  const insert = inserter<NewRowOf<C>>(name, written)
  const keyNames = all.filter(one => key.includes(one.property)).map(one => one.name)
  const overwritten = written
    .filter(one => !keyNames.includes(one.name))
    .map(one => `${one.name} = excluded.${one.name}`)
  const overwrite = raw(`on conflict (${keyNames.join(', ')}) do update set ${overwritten.join(', ')}${countUp}`)

  return {
    name,
    columns: all.map(one => one.name),
    stateColumns: all.filter(one => !counting.includes(one)).map(one => one.name),
    all: selectionOf(name, all),
    select: (...properties: readonly string[]) =>
      selectionOf(
        name,
        all.filter(one => properties.includes(one.property)),
      ),
    except: (...properties: readonly string[]) =>
      selectionOf(
        name,
        all.filter(one => !properties.includes(one.property)),
      ),
    insert,
    put: async (tx, rows) => void (await insert(tx, rows, overwrite)),
    set,
    update: (tx, changes, where) => tx.run(new Sql(updateHead, [set(changes), where])),
  }
}

function selectionOf<Row>(table: string, columns: readonly DeclaredColumn[]): Selection<Row> {
  const declared = Object.fromEntries(columns.map(({ property, column }) => [property, column]))
  const read = reader(declared) as Read<Row>
  const names = columns.map(one => one.name).join(', ')
  const head = [`select ${names} from ${table} `, '']
  return {
    columns: raw(names),
    of: alias => raw(columns.map(one => `${alias}.${one.name}`).join(', ')),
    width: columns.length,
    read,
    values: writer(declared) as (row: Row) => Value[],
    list: (tx, rest) => tx.all(new Sql(head, [rest]), read),
    find: (tx, rest) => tx.get(new Sql(head, [rest]), read),
  }
}

type Insert<Row> = (tx: Tx, rows: readonly Row[], then?: Sql) => Promise<number>

function inserter<Row>(table: string, columns: readonly DeclaredColumn[]): Insert<Row> {
  const { values } = selectionOf<Row>(table, columns)
  const head = `insert into ${table} (${columns.map(one => one.name).join(', ')}) values (`
  const between = columns.slice(1).map(() => ',')
  const textsFor = (rows: number) => [
    ...Array.from({ length: rows }, (_, index) => [index === 0 ? head : '),(', ...between]).flat(),
    ') ',
    '',
  ]
  const texts = new Map(portionSizes.map(size => [size, textsFor(size)]))
  const write = (tx: Tx, rows: readonly Row[], then: Sql) =>
    tx.run(new Sql(texts.get(rows.length) ?? [], [...rows.flatMap(values), then]))

  return async (tx, rows, then = empty) => {
    const portions = portionsOf(rows)
    const [only] = portions
    if (only === undefined) return 0
    if (portions.length === 1) return write(tx, only, then)
    const statements = portions.map(portion => write(tx, portion, then))
    await together(statements)
    return (await Promise.all(statements)).reduce((sum, written) => sum + written, 0)
  }
}

function setter<C extends Columns>(columns: readonly DeclaredColumn[], countUp: string) {
  const byProperty = new Map(columns.map(one => [one.property, one]))
  return (changes: ChangesOf<C>): Sql => {
    const [texts, values]: [string[], (Value | Sql)[]] = [[], []]
    for (const [property, value] of Object.entries(changes)) {
      const column = byProperty.get(property)
      if (value === undefined || column === undefined) continue
      texts.push(`${texts.length === 0 ? '' : ', '}${column.name} = `)
      values.push(value instanceof Sql ? value : column.write(value))
    }
    return new Sql([...texts, countUp], values)
  }
}

/** Rows of one column. */
export const firstNumber: Read<number> = values => values[0] as number
export const firstText: Read<string> = values => values[0] as string

/** How many rows there are; `rest` is what follows FROM. */
export async function count(tx: Tx, rest: Sql): Promise<number> {
  return (await tx.get(sql`select count(*) from ${rest}`, firstNumber)) ?? 0
}

/** Rows that one INSERT can have. As they are powers of two, few different statements insert any number of rows. */
const portionSizes = [64, 32, 16, 8, 4, 2, 1]

/** What is inserted at a time. */
export function portionsOf<Item>(rows: readonly Item[]): Item[][] {
  const portions: Item[][] = []
  for (let start = 0; start < rows.length;) {
    const size = portionSizes.find(size => size <= rows.length - start) ?? 1
    portions.push(rows.slice(start, start + size))
    start += size
  }
  return portions
}

function withUnderscores(property: string): string {
  return property.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
