import { holdsCapacity } from '../../domain/instances/capacity.ts'
import { decideStart, type StartRefusal } from '../../domain/instances/power.ts'
import type { Tx } from '../../store/store.ts'
import type { BatchRequest, Outcome, PowerParts } from './batch.ts'
import { loadRoom, regain } from './capacity.ts'
import { entryOf, isAccepted, loadBatch, orderByCall, outcomeOf, settle } from './power.ts'

/**
 * Orders a start. Instances that an economical stop has taken their capacity from need room in their zone again, the
 * first in the caller's order before the others, and get another static public address.
 */
export async function start(tx: Tx, batch: BatchRequest, parts: PowerParts): Promise<Outcome<StartRefusal>[]> {
  const { clock, market, meter } = parts
  const loaded = await loadBatch(tx, batch, parts)
  const instances = loaded.flatMap(({ instance }) => instance ?? [])
  const room = await loadRoom(tx, instances)
  const outbid = await market.findOutbid(tx, instances)
  // Not before the rows are locked: another transaction may have written them meanwhile.
  const now = clock.now()
  const decided = loaded.map(one => {
    if ('refusal' in one) return one
    const { instance } = one
    const isOutbid = (outbid.get(instance.id) ?? Infinity) <= now
    const decision = decideStart(one, { isOutbid, hasRoom: holdsCapacity(instance) || room.fits(instance) })
    if ('plan' in decision && !holdsCapacity(instance)) room.take(instance)
    return entryOf(one, decision)
  })
  const entries = await settle(tx, batch, decided, 'start', parts)
  if (!batch.dryRun) {
    const accepted = entries.filter(isAccepted)
    const machines = accepted.map(({ instance, effect }) => ({ instance, force: false, effect }))
    await orderByCall(tx, batch, { kind: 'start', machines }, parts)
    const started = accepted.map(({ instance }) => instance)
    await regain(tx, started, now)
    await market.watch(
      tx,
      started.map(({ id }) => id).filter(id => outbid.has(id)),
    )
    const economical = started.filter(instance => instance.stopMode === 'StopCharging')
    await meter.update(
      tx,
      // Not before the event of the order.
      economical.map(({ seq }) => ({ seq, at: clock.now() })),
    )
  }
  return entries.map(one => outcomeOf(one, 'start'))
}
