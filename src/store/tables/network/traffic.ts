import sql, { empty } from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** What an account has sent to the internet from a region in a month. */
export interface Traffic {
  readonly accountId: string
  readonly regionId: string
  /** `2026-09`, in China. */
  readonly month: string
  readonly bytes: number
}

/** By region, in their order. */
export async function listTraffic(
  tx: Tx,
  where: { accountId: string; month: string; regionId: string | undefined },
): Promise<Traffic[]> {
  const inRegion = where.regionId === undefined ? empty : sql`and region_id = ${where.regionId}`
  const rows = await tx.all<{ region_id: string; bytes: number | string }>(sql`
    select region_id, bytes from traffic where account_id = ${where.accountId} and month = ${where.month} ${inRegion}
    order by region_id`)
  const { accountId, month } = where
  return rows.map(row => ({ accountId, month, regionId: row.region_id, bytes: Number(row.bytes) }))
}

export async function putTraffic(tx: Tx, { accountId, regionId, month, bytes }: Traffic): Promise<void> {
  await tx.run(sql`
    insert into traffic (account_id, region_id, month, bytes) values (${accountId}, ${regionId}, ${month}, ${bytes})
    on conflict (account_id, month, region_id) do update set bytes = excluded.bytes`)
}

/** Adds to what there is, and returns the sum. */
export async function addTraffic(tx: Tx, { accountId, regionId, month, bytes }: Traffic): Promise<number> {
  const row = await tx.get<{ bytes: number | string }>(sql`
    insert into traffic (account_id, region_id, month, bytes) values (${accountId}, ${regionId}, ${month}, ${bytes})
    on conflict (account_id, month, region_id) do update set bytes = traffic.bytes + excluded.bytes returning bytes`)
  return Number(row?.bytes ?? bytes)
}
