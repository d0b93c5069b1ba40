import type { InstanceTimes } from '../../engine/engine.ts'
import { findBalance } from '../../store/tables/billing/balances.ts'
import { findInstance } from '../../store/tables/instances/instances.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'
import { findNextStaleEnd } from '../../store/tables/instances/stale-views.ts'
import { nextSystemEvent } from '../../store/tables/system-events.ts'

export const instanceTimes: InstanceTimes = {
  async findNextChange(tx, id) {
    const instance = await findInstance(tx, id)
    if (instance === undefined) return undefined
    const job = await findJob(tx, instance.seq)
    const systemEvent = await tx.get<{ at: number | null }>(nextSystemEvent)
    // An account that is empty loses its instances.
    const balance = await findBalance(tx, instance.accountId)
    const times = [job?.dueAt, instance.expiryDueAt, systemEvent?.at, balance?.settleAt]
    return { status: instance.status, changesAt: Math.min(...times.map(time => time ?? Infinity)) }
  },
  findNextStaleEnd: async (tx, now) => (await findNextStaleEnd(tx, now)) ?? Infinity,
}
