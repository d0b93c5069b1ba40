import type { Tx } from '../../store/store.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'

/** How soon due work looks again at an instance that is in the middle of something; instance time, ms. */
const lookAgainMs = 1_000

/** When due work looks again at an instance that is in the middle of something: not before its job falls due. */
export async function lookAgainAt(tx: Tx, instanceSeq: number, now: number): Promise<number> {
  const job = await findJob(tx, instanceSeq)
  return Math.max(now + lookAgainMs, job?.dueAt ?? 0)
}
