import sql from 'sql-template-tag'
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

/** Sums over what is stored; `now` is instance time, ms. */
export async function readStatistics(tx: Tx, now: number): Promise<StoreStatistics> {
  const instances = await tx.all<{ status: string; number: Sum }>(
    sql`select status, count(*) as number from instances group by status`,
  )
  const jobs = await tx.all<{ kind: string; pending: Sum; due: Sum; failed: Sum }>(sql`
    select kind, count(*) as pending, sum(case when due_at <= ${now} then 1 else 0 end) as due,
      sum(case when leased_until = 0 then attempts else 0 end) as failed
    from jobs group by kind`)
  return {
    instances: instances.map(row => ({ status: row.status, count: Number(row.number) })),
    jobs: jobs.map(row => ({
      kind: row.kind,
      pending: Number(row.pending),
      due: Number(row.due),
      failedTries: Number(row.failed),
    })),
  }
}

/** Some databases give sums as text. */
type Sum = number | string
