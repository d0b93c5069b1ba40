import { compileFunction } from 'node:vm'
import type { Read, Value } from './store.ts'

/**
 * How a property of a row is kept in a column. `read` and `write` are given JavaScript for the column's value, or for the
 * property's, and return JavaScript for the other.
 */
export interface Column<T> {
  read(value: string): string
  write(value: string): string
  /** What it is called in the database; by itself the property's name with underscores. */
  readonly name?: string
  /** The database fills it in when a row is inserted. */
  readonly generated?: true
  /** Counts the changes of a row; no part of the state that is exported. */
  readonly counts?: true
  /** Read when it is asked for first. */
  readonly lazy?: true
  /** What the property holds; for the types only. */
  readonly type?: T
}

export interface Generated<T> extends Column<T> {
  readonly generated: true
}

export type Columns = Readonly<Record<string, Column<unknown>>>

type TypeOf<C> = C extends Column<infer T> ? T : never

/** A row, as the program sees it. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: TypeOf<C[K]> }

/** A row that is about to be inserted. */
export type NewRowOf<C extends Columns> = {
  readonly [K in keyof C as C[K] extends Generated<unknown> ? never : K]: TypeOf<C[K]>
}

const plain = { read: (value: string) => value, write: (value: string) => value }

export const text: Column<string> = plain
/** Text that is one of a union. */
export const textOf = <T extends string>(): Column<T> => plain
export const number: Column<number> = plain
export const flag: Column<boolean> = { read: value => `${value} === 1`, write: value => `(${value} ? 1 : 0)` }
/** A whole number of any size, kept as text. */
export const bigInteger: Column<bigint> = { read: value => `BigInt(${value})`, write: value => `String(${value})` }
/** What JSON can say, kept as its text. */
export const json = <T>(): Column<T> => ({
  read: value => `parse(${value})`,
  write: value => `JSON.stringify(${value})`,
})
/**
 * As json, for large objects: parsed when it is asked for. It is an accessor of the row's class, which a copy of the row's
 * properties (`{ ...row }`) lacks.
 */
export const lazyJson = <T>(): Column<T> => ({ ...json<T>(), lazy: true })
export const nullable = <T>(column: Column<T>): Column<T | null> => orElse(column, 'null')
/** Undefined where the column is null. */
export const optional = <T>(column: Column<T>): Column<T | undefined> => orElse(column, 'undefined')
export const named = <C extends Column<unknown>>(name: string, column: C): C => ({ ...column, name })
/** A number that the database gives to a row that is inserted. */
export const generated: Generated<number> = { ...plain, generated: true }
/** 0 in a new row, and greater by one after each update. */
export const revisionOfRow: Generated<number> = { ...generated, counts: true }

function orElse<T, Absent>(column: Column<T>, absent: 'null' | 'undefined'): Column<T | Absent> {
  const isPlain = column.read === plain.read
  return {
    ...column,
    read:
      isPlain && absent === 'null' ? plain.read : value => `(${value} === null ? ${absent} : ${column.read(value)})`,
    write: isPlain ? value => `(${value} ?? null)` : value => `(${value} == null ? null : ${column.write(value)})`,
  }
}

/** Reads rows whose columns are these, in this order. */
export function reader<C extends Columns>(columns: C): Read<RowOf<C>> {
  const entries = Object.entries(columns).map(([property, column], place) => {
    const value = `values[${place}]`
    return { property, column, value, code: column.read(value) }
  })
  const lazy = entries.filter(entry => entry.column.lazy)
  if (lazy.length === 0) {
    const literal = entries.map(({ property, code }) => `${property}: ${code}`).join(', ')
    return compile(`return values => ({ ${literal} })`) as Read<RowOf<C>>
  }
  const assign = entries.map(({ property, column, value, code }) =>
    column.lazy ? `this.#${property} = ${value}` : `this.${property} = ${code}`,
  )
  const accessors = lazy.map(({ property, column }) => {
    const held = `this.#${property}`
    return `#${property}
      get ${property}() { return typeof ${held} === 'string' ? (${held} = ${column.read(held)}) : ${held} }`
  })
  return compile(`class Row {
    ${accessors.join('\n')}
    constructor(values) { ${assign.join('; ')} }
  }
  return values => new Row(values)`) as Read<RowOf<C>>
}

/** Makes the values of a row that is inserted. */
export function writer<C extends Columns>(columns: C): (row: RowOf<C>) => Value[] {
  const values = Object.entries(columns).map(([property, column]) => column.write(`row.${property}`))
  return compile(`return row => [${values.join(', ')}]`) as (row: RowOf<C>) => Value[]
}

/** Makes the value of one column. */
export function valueWriter(column: Column<unknown>): (value: unknown) => Value {
  return compile(`return value => ${column.write('value')}`) as (value: unknown) => Value
}

/**
 * Rows are read by functions that are compiled once for their columns: objects from one literal, or one constructor, have
 * one shape and are made some times faster than by assigning properties in a loop. Nothing but declarations of columns
 * goes into the code.
 */
function compile(code: string): unknown {
  return (compileFunction(code, ['parse']) as (parse: typeof parseJson) => unknown)(parseJson)
}

const emptyList = Object.freeze([])
const emptyObject = Object.freeze({})

/** Most lists are empty, and most objects that may be. */
function parseJson(text: string): unknown {
  if (text === '[]') return emptyList
  return text === '{}' ? emptyObject : JSON.parse(text)
}
