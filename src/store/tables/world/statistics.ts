import sql from 'sql-template-tag'
import { number, reader, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'

export interface StoreStatistics {
  readonly instances: readonly { readonly status: string; readonly count: number }[]
  readonly jobs: readonly {
    readonly kind: string
    readonly pending: number
    readonly due: number
    /** How often those that are pending were tried in vain. */
    readonly failedTries: number
  }[]
}

const readStatus = reader({ status: text, count: number })
const readKind = reader({ kind: text, pending: number, due: number, failedTries: number })

/** Sums over what is stored; `now` is instance time, ms. */
export async function readStatistics(tx: Tx, now: number): Promise<StoreStatistics> {
  const instances = await tx.all(sql`select status, count(*) from instances group by status`, readStatus)
  const jobs = await tx.all(
    sql`
      select kind, count(*), sum(case when due_at <= ${now} then 1 else 0 end),
        sum(case when leased_until = 0 then attempts else 0 end)
      from jobs group by kind`,
    readKind,
  )
  return { instances, jobs }
}
