import type { CreationRequest } from '../../services/creation.ts'
import { NoStock } from '../../services/capacity.ts'
import { once, TokenMismatch } from '../../services/idempotency.ts'
import { type RunInstancesCall, toCreationRequest } from './run-instances-order.ts'
import type { RunInstancesInput } from './run-instances-params.ts'

/**
 * Checks the order and carries it out, once per ClientToken; a dry run ends after the checks. Returns the ids. `as` stands in
 * the order in place of what the input says.
 */
export async function createInstances(
  call: RunInstancesCall,
  input: RunInstancesInput,
  as: { readonly action: string } & Partial<CreationRequest>,
): Promise<string[]> {
  const { ClientToken: token, ...rest } = input
  const order = async () => ({ ...(await toCreationRequest(call, input)), ...as })
  if (input.DryRun) {
    await order()
    return call.fail('DryRunOperation')
  }
  const { account } = call.principal
  const use = { accountId: account.id, action: as.action, token, input: rest, wallNow: call.wallNow }
  try {
    return await once(call.tx, use, async () => call.services.creation.create(call.tx, await order()))
  } catch (reason) {
    if (reason instanceof TokenMismatch) return call.fail('IdempotentParameterMismatch')
    if (reason instanceof NoStock) return call.fail('OperationDenied.NoStock')
    throw reason
  }
}
