import sql, { join, type Sql } from 'sql-template-tag'
import type { Tx } from '../store.ts'
import { count } from '../table.ts'
import { type Instance, instances } from './instances/instances.ts'
import { conditions, type InstanceFilter } from './instances/queries.ts'

/** A disk is kept with its instance. */
export interface DiskPlace {
  readonly instance: Instance
  /** Where it stands among the instance's disks, from 0: the system disk. */
  readonly place: number
}

/** Conditions on disks; all that are given must hold. */
export interface DiskFilter {
  readonly instances: InstanceFilter
  readonly ids?: readonly string[]
  /** Fields of the disk that must equal the value. */
  readonly equals?: Readonly<Record<string, string | boolean>>
}

/** Those of the newest instance first. */
export function listDisks(
  tx: Tx,
  filter: DiskFilter,
  page: { limit: number; skip?: number; after?: { seq: number; place: number } },
): Promise<DiskPlace[]> {
  const { item } = tx.dialect
  const after = page.after
  const further =
    after === undefined
      ? sql`1 = 1`
      : sql`(owners.seq < ${after.seq} or (owners.seq = ${after.seq} and ${item.place} > ${after.place}))`
  return tx.all(
    sql`
      select ${instances.all.of('owners')}, ${item.place} from ${disksOf(tx, filter)} and ${further}
      order by owners.seq desc, ${item.place} limit ${page.limit} offset ${page.skip ?? 0}`,
    values => ({ instance: instances.all.read(values), place: Number(values[instances.all.width]) }),
  )
}

export function countDisks(tx: Tx, filter: DiskFilter): Promise<number> {
  return count(tx, disksOf(tx, filter))
}

/** What follows FROM. */
function disksOf(tx: Tx, filter: DiskFilter): Sql {
  const { item } = tx.dialect
  const all = [sql`1 = 1`]
  for (const [name, value] of Object.entries(filter.equals ?? {})) {
    all.push(sql`${item.field(name)} = ${JSON.stringify(value)}`)
  }
  if (filter.ids !== undefined) {
    const ids = filter.ids.map(id => JSON.stringify(id))
    all.push(tx.dialect.oneOf(item.field('id'), ids))
  }
  return sql`(select * from instances where ${conditions(tx, filter.instances)}) as owners,
    ${item.from(sql`owners.details`, 'disks')} where ${join(all, ' and ')}`
}
