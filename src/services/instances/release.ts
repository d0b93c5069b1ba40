import { decideRelease, type ReleaseRefusal, type ReleaseRequest } from '../../domain/instances/power.ts'
import type { InstanceFacts } from '../../domain/instances/types.ts'
import type { Tx } from '../../store/store.ts'
import { deleteInstances } from '../../store/tables/instances/release.ts'
import { deleteJobs } from '../../store/tables/instances/jobs.ts'
import type { BatchRequest, Origin, PowerParts, RefusedOutcome } from './batch.ts'
import { giveBackCapacity, type Holder } from './capacity.ts'
import { entryOf, isAccepted, loadBatch, orderByCall, originOf, refusedOutcome, settle, stateChange } from './power.ts'

/** Releases instances; those whose guest is to shut down first are Stopping until it has. Returns what is refused. */
export async function release(
  tx: Tx,
  batch: BatchRequest,
  request: ReleaseRequest,
  parts: PowerParts,
): Promise<RefusedOutcome<ReleaseRefusal>[]> {
  const now = parts.clock.now()
  const loaded = await loadBatch(tx, batch, parts)
  const decided = loaded.map(one => ('refusal' in one ? one : entryOf(one, decideRelease(one, request, now))))
  const entries = await settle(tx, batch, decided, 'release', parts)
  if (!batch.dryRun) {
    const accepted = entries.filter(isAccepted)
    const atOnce = accepted.filter(({ plan }) => plan === 'at-once').map(({ instance }) => instance)
    await releaseMachines(tx, atOnce, originOf(batch, now), parts)
    const later = accepted.filter(({ plan }) => plan === 'after-shutdown')
    const machines = later.map(({ instance, effect }) => ({ instance, force: false, effect }))
    await orderByCall(tx, batch, { kind: 'release', machines }, parts)
  }
  return entries.flatMap(one => (isAccepted(one) ? [] : [refusedOutcome(one)]))
}

export type ReleaseParts = Pick<PowerParts, 'driver' | 'meter' | 'events' | 'log'>

/** Releases instances at once and for good, whoever orders it, and has their machines destroyed. */
export async function releaseMachines(
  tx: Tx,
  machines: readonly (Pick<InstanceFacts, 'id' | 'accountId' | 'regionId'> & Holder & { readonly seq: number })[],
  origin: Origin,
  { driver, meter, events, log }: ReleaseParts,
): Promise<void> {
  if (machines.length === 0) return
  const { at, by } = origin
  await deleteJobs(
    tx,
    machines.map(({ seq }) => seq),
  )
  await giveBackCapacity(tx, machines)
  const freed = await deleteInstances(
    tx,
    machines.map(({ id }) => id),
    { at, by },
  )
  await meter.update(tx, [...machines.map(({ seq }) => ({ seq, at })), ...freed])
  await events.record(
    tx,
    machines.map(machine => stateChange(machine, 'Deleted', origin)),
  )
  tx.afterCommit(() => {
    for (const { id } of machines) {
      // The instance is gone already: a machine that cannot be removed is a matter for the log.
      driver.destroy({ id }).catch((error: unknown) => {
        log.error({ err: error, instanceId: id }, 'A released machine could not be removed.')
      })
    }
  })
}
