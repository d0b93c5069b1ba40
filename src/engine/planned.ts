import type { SpotMarket } from '../services/spot/market.ts'
import type { Machine } from '../store/tables/instances/instances.ts'
import type { Tx } from '../store/store.ts'
import { releaseDue } from '../services/instances/due.ts'
import { interruptDue } from '../services/spot/due.ts'
import { expireDue } from '../services/billing/due.ts'
import { carryOutDue, type DueOptions } from '../services/system-events/due.ts'

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(
  tx: Tx,
  { market, ...options }: DueOptions & { readonly market: SpotMarket },
): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const settled = await options.arrears.settleDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  const interrupted = await interruptDue(tx, market, options)
  const expired = await expireDue(tx, options)
  const reactivated = await options.reactivation.reactivateDue(tx, options)
  return {
    count: released.length + settled + carriedOut.count + interrupted.count + expired.count + reactivated,
    released: [...released, ...carriedOut.released, ...interrupted.released, ...expired.released],
  }
}
