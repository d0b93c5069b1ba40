import type { CreationRequest } from '../../../services/instances/creation.ts'
import { NoStock } from '../../../services/instances/capacity.ts'
import { canPay, nextOrderId } from '../../../services/billing/payments.ts'
import { type RunInstancesCall } from './creation-errors.ts'
import { toCreationRequest } from './creation-request.ts'
import type { RunInstancesInput } from './creation-params.ts'

/** What a ClientToken keeps of a creation. */
type Creation = {
  readonly ids: readonly string[]
  /** Of a subscription; the price in CNY. */
  readonly purchase?: { readonly OrderId: string; readonly TradePrice: number }
}

/**
 * Checks what was asked for and makes it; a dry run ends after the checks. `as` stands in the request in place of what the input says.
 * A subscription also comes with its order's number and price.
 */
export async function createInstances(
  call: RunInstancesCall,
  input: RunInstancesInput,
  as: { readonly action: string } & Partial<CreationRequest>,
): Promise<Creation> {
  const request = { ...(await toCreationRequest(call, input)), ...as }
  const price = request.chargeType === 'PrePaid' ? call.services.creation.priceOf(request) : 0
  // What is paid later is checked by the account's being in arrears.
  if (price > 0 && !(await canPay(call.tx, request.accountId, price * request.names.length, call.now))) {
    return call.fail('InvalidAccountStatus.NotEnoughBalance')
  }
  if (input.DryRun) return call.fail('DryRunOperation')
  try {
    const ids = await call.services.creation.create(call.tx, request)
    if (request.chargeType !== 'PrePaid') return { ids }
    return { ids, purchase: { OrderId: await nextOrderId(call.tx), TradePrice: (price * ids.length) / 100 } }
  } catch (reason) {
    if (reason instanceof NoStock) return call.fail('OperationDenied.NoStock')
    throw reason
  }
}
