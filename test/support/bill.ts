import sql from 'sql-template-tag'
import { type CostAnswer, type CostQuery, readCost } from '../../src/services/billing/cost.ts'
import { listMeterRows, type MeterRow, totalUpTo } from '../../src/store/tables/billing/meter.ts'
import type { TestApp } from './app.ts'
import { account } from './batch.ts'

/** Machines that need no time, so that schedules are kept to the second. */
export const noTime = { pendingMs: 0, startMs: 0, stopMs: 0, forcedStopMs: 0, deallocateMs: 0 }

/** Every row of the meter, in the order written. */
export function meterOf({ app }: TestApp): Promise<MeterRow[]> {
  return app.store.transaction('read', async tx => {
    const rows = await tx.all<{ number: number }>(sql`select distinct resource_number as number from meter`)
    return rows.length === 0 ? [] : listMeterRows(tx, { numbers: rows.map(row => row.number), before: 2 ** 40 })
  })
}

/** What the default account owes up to a second. */
export function totalOf({ app }: TestApp, at = Math.floor(app.clock.now() / 1000)): Promise<bigint> {
  return app.store.transaction('read', tx => totalUpTo(tx, account, at))
}

export function costOf({ app }: TestApp, query: Partial<CostQuery> = {}): Promise<CostAnswer> {
  const now = app.clock.now()
  const all: CostQuery = { accountId: undefined, from: undefined, until: undefined, now, by: 'instance', ...query }
  return app.store.transaction('read', tx => readCost(tx, all))
}
