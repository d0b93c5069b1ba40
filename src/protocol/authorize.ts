import { findRegion } from '../domain/catalogue/regions.ts'
import { judgePolicy } from '../domain/identity/policy.ts'
import { resolveResources } from '../services/identity/resources.ts'
import type { Tx } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { type AnyOperation, type Principal, ramAction, wireRules } from './operation.ts'
import type { InputOf, ParamSchema, RawParams } from './params.ts'
import { idsOf, kindOf, type Target } from './resources.ts'

interface AuthorizedCall {
  readonly principal: Principal
  readonly params: RawParams
  readonly input: InputOf<ParamSchema>
  readonly tx: Tx
}

/**
 * The error that a RAM user without permission gets, or undefined when the call is allowed: one that is denied on one
 * of its resources is denied whole. The account's own keys may do everything, and nothing is looked up for them.
 */
export async function authorize(operation: AnyOperation, call: AuthorizedCall): Promise<ApiError | undefined> {
  const { policy, account, accessKeyId } = call.principal
  if (policy === undefined) return undefined
  const action = ramAction(operation)
  for (const target of [operation.access.on].flat()) {
    for (const resource of await listArns(target, call)) {
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
  }
  return undefined
}

async function listArns(target: Target, { principal, params, input, tx }: AuthorizedCall): Promise<string[]> {
  const kind = kindOf(target, input)
  if (kind === undefined) return ['*']
  const ids = idsOf(target, input)
  const declared = input['RegionId'] as string | undefined
  // Clients send a region with every call; an operation without the parameter looks in all of them.
  const sent = findRegion(params['RegionId'] ?? '')?.id
  const regionId = declared ?? (ids.length === 0 ? undefined : sent)
  const asked = await resolveResources(tx, kind, { accountId: principal.account.id, regionId, ids })
  return asked.map(({ arn }) => arn)
}
