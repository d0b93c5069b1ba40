import sql, { empty } from 'sql-template-tag'
import { number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { firstNumber, type Row, table } from '../../table.ts'

/** What an account has sent to the internet from a region in a month. */
export const traffic = table(
  'traffic',
  {
    accountId: text,
    regionId: text,
    /** `2026-09`, in China. */
    month: text,
    bytes: number,
  },
  ['accountId', 'month', 'regionId'],
)

export type Traffic = Row<typeof traffic>

/** By region, in their order. */
export function listTraffic(
  tx: Tx,
  where: { accountId: string; month: string; regionId: string | undefined },
): Promise<Traffic[]> {
  const inRegion = where.regionId === undefined ? empty : sql`and region_id = ${where.regionId}`
  return traffic.all.list(
    tx,
    sql`where account_id = ${where.accountId} and month = ${where.month} ${inRegion} order by region_id`,
  )
}

export function putTraffic(tx: Tx, row: Traffic): Promise<void> {
  return traffic.put(tx, [row])
}

/** Adds to what there is, and returns the sum. */
export async function addTraffic(tx: Tx, { accountId, regionId, month, bytes }: Traffic): Promise<number> {
  const sum = await tx.get(
    sql`
      insert into traffic (account_id, region_id, month, bytes) values (${accountId}, ${regionId}, ${month}, ${bytes})
      on conflict (account_id, month, region_id) do update set bytes = traffic.bytes + excluded.bytes returning bytes`,
    firstNumber,
  )
  return sum ?? bytes
}
