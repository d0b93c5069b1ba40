import type { JobQueue } from '../../engine/jobs.ts'
import { wallClock } from '../../platform/clock.ts'
import type { Tx } from '../../store/store.ts'
import type { Claims } from '../../store/tables/hosts/claims.ts'
import { listFreeMachines, lockMachines, type Machine } from '../../store/tables/instances/power.ts'
import {
  deleteOrphans,
  endLeases,
  type Job,
  keepOwn,
  leaseJobs,
  listDueJobs,
  nextJob,
  postponeJob,
  renewLeases,
} from '../../store/tables/instances/jobs.ts'
import { answersAtOnce, decideOutcome, drive, type JobResult, type OutcomeOptions, writeOutcomes } from './jobs.ts'

/** A job with its machine. */
interface Claimed extends Job {
  readonly machine: Machine
}

/** The pending changes of power that this process does: those of the machines that `claims` says. */
export function powerJobs(options: OutcomeOptions & { readonly claims: Claims }): JobQueue<Claimed, JobResult> {
  const { driver, claims } = options
  return {
    next: () => nextJob(wallClock.now(), claims),
    list: async (tx, until, limit) => {
      const jobs = await listDueJobs(tx, { until, wallNow: wallClock.now(), limit, claims })
      return jobs.length === 0 ? [] : withMachines(tx, jobs)
    },
    answersAtOnce: job => answersAtOnce(driver, job.kind),
    async drive(job, now) {
      const { machine } = job
      const look = await drive(driver, job, machine, now)
      if (look.progress.done && job.kind === 'release') await driver.destroy(machine)
      return decideOutcome({ ...look, job, machine, at: now, failed: false }, options)
    },
    failed(job, now, retryAt) {
      const progress = { done: false, lookAgainAt: retryAt } as const
      const { machine } = job
      return decideOutcome({ job, machine, at: now, progress, forcedByGrace: false, failed: true }, options)
    },
    settle: (tx, results) => writeOutcomes(tx, results, options),
    lease: leaseJobs,
    renewLeases,
    async settleLeased(tx, results) {
      await lockMachines(
        tx,
        results.map(({ machine }) => machine.seq),
      )
      const own = await keepOwn(
        tx,
        results.map(({ job }): Job => job),
      )
      await writeOutcomes(
        tx,
        results.filter(({ job }) => own.has(job)),
        options,
      )
    },
    async giveBack(tx, jobs) {
      for (const job of await keepOwn(tx, jobs)) await postponeJob(tx, job, job.dueAt)
    },
    endLeases,
  }
}

/** Jobs with their machines, which stay locked; a job whose machine is being changed is passed over, and has its turn later. */
async function withMachines(tx: Tx, jobs: readonly Job[]): Promise<Claimed[]> {
  const machines = await listFreeMachines(
    tx,
    jobs.map(job => job.instanceSeq),
  )
  const bySeq = new Map(machines.map(machine => [machine.seq, machine]))
  const claimed: Claimed[] = []
  const passedOver: number[] = []
  for (const job of jobs) {
    const machine = bySeq.get(job.instanceSeq)
    if (machine === undefined) passedOver.push(job.instanceSeq)
    else claimed.push({ ...job, machine })
  }
  // One whose instance is gone has nothing left to finish.
  await deleteOrphans(tx, passedOver)
  return claimed
}
