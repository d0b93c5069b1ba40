import sql from 'sql-template-tag'
import type { Dialect } from '../store.ts'
import { eventNumbers } from './event-numbers.ts'

export const dialect: Dialect = {
  forUpdate: sql`for update`,
  skipLocked: sql`for update skip locked`,
  // The parameter becomes an array of the column's type.
  oneOf: (column, values) => sql`${column} = any(${values})`,
  eachOf: values => sql`unnest(${values}::text[]) as each_of(value)`,
  contains: (column, text) => sql`strpos(${column}, ${text}) > 0`,
  hasEntry: (column, key, value) => {
    // Cheap, and spares reading the JSON of nearly all rows that lack the entry.
    const looksLikeIt = `${JSON.stringify(key)}:${value === undefined ? '' : JSON.stringify(value)}`
    const valueFits = value === undefined ? sql`is not null` : sql`= ${value}`
    return sql`(case when strpos(${column}, ${looksLikeIt}) > 0
      then (${column}::json ->> ${key}::text) ${valueFits} else false end)`
  },
  item: {
    from: (column, list) =>
      sql`jsonb_array_elements(${column}::jsonb -> ${list}::text) with ordinality as item (entry, place)`,
    place: sql`(item.place - 1)`,
    field: name => sql`(item.entry -> ${name}::text)::text`,
  },
  matches: (column, pattern) =>
    pattern.includes('*')
      ? sql`${column} like ${pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')}`
      : sql`${column} = ${pattern}`,
  eventNumbers,
}
