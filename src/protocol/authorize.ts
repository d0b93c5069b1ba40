import { judgePolicy } from '../domain/identity/policy.ts'
import type { Tx } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { type AnyOperation, type Principal, ramAction, wireRules } from './operation.ts'
import type { InputOf, ParamSchema } from './params.ts'

/** The error that a RAM user without permission gets, or undefined when the call is allowed. */
export async function authorize(
  operation: AnyOperation,
  principal: Principal,
  input: InputOf<ParamSchema>,
  tx: Tx,
): Promise<ApiError | undefined> {
  const { policy, account, accessKeyId } = principal
  if (policy === undefined) return undefined
  const action = ramAction(operation)
  for (const resource of await operation.access.resources(input, account.id, tx)) {
    const verdict = judgePolicy(policy, action, resource)
    if (verdict === 'allowed') continue
    const accessDeniedDetail = {
      AuthAction: action,
      AuthResource: resource,
      AuthPrincipalType: 'SubUser',
      AuthPrincipalDisplayName: accessKeyId,
      AuthPrincipalOwnerId: account.id,
      NoPermissionType: verdict,
      PolicyType: 'AccountLevelIdentityBasedPolicy',
    }
    return new ApiError(wireRules[operation.product]?.denial ?? 'Forbidden.RAM', {}, { accessDeniedDetail })
  }
  return undefined
}
