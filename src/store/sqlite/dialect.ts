import sql, { empty } from 'sql-template-tag'
import type { Dialect } from '../store.ts'

export const dialect: Dialect = {
  forUpdate: empty,
  skipLocked: empty,
  // One value, as most lists have, is found without a list a quarter sooner.
  oneOf: (column, values) =>
    values.length === 1
      ? sql`${column} = ${values[0]}`
      : sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
  eachOf: values => sql`json_each(${JSON.stringify(values)})`,
  contains: (column, text) => sql`instr(${column}, ${text}) > 0`,
  hasEntry: (column, key, value) => {
    // Cheap, and passes over nearly all rows that lack the entry; but a quote in a key can make it look like another.
    const looksLikeIt = `${JSON.stringify(key)}:${value === undefined ? '' : JSON.stringify(value)}`
    const valueFits = value === undefined ? empty : sql`and entry.value = ${value}`
    return sql`(instr(${column}, ${looksLikeIt}) > 0
      and exists (select 1 from json_each(${column}) as entry where entry.key = ${key} ${valueFits}))`
  },
  item: {
    from: (column, list) => sql`json_each(${column}, ${`$.${list}`}) as item`,
    place: sql`item.key`,
    field: name => sql`(item.value -> ${name})`,
  },
  matches: (column, pattern) => sql`${column} GLOB ${pattern.replaceAll(/[?[]/g, '[$&]')}`,
  eventNumbers: undefined,
}
