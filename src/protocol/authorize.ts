import { judgePolicy } from '../domain/policy/policy.ts'
import { ApiError } from './catalogue.ts'
import type { AnyOperation, Principal } from './operation.ts'
import type { InputOf, ParamSchema } from './params.ts'

/** The error that a RAM user without permission gets, or undefined when the call is allowed. */
export function authorize(
  operation: AnyOperation,
  principal: Principal,
  input: InputOf<ParamSchema>,
): ApiError | undefined {
  const { policy, account, accessKeyId } = principal
  if (policy === undefined) return undefined
  const action = `${operation.product.toLowerCase()}:${operation.action}`
  for (const resource of operation.access.resources(input, account.id)) {
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
    return new ApiError('Forbidden.RAM', {}, { accessDeniedDetail })
  }
  return undefined
}
