import type { AddressRefusal } from '../../../domain/network/public-address.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { assignPublicAddress } from '../../../services/network/public-addresses.ts'
import { singleInstanceId } from '../instances/common.ts'

/** Why it refuses, as codes. */
export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound',
  'locked-for-security': 'InstanceLockedForSecurity',
  'in-arrears': 'InstanceExpiredOrInArrears',
  unsettled: 'IncorrectInstanceStatus#attribute',
  'eip-bound': 'OperationDenied#eip-bound',
  'no-bandwidth': 'AllocateIpInvalidInstanceBandwidth',
} as const satisfies Record<AddressRefusal | 'not-found', ErrorName>

/** Gives an instance with public bandwidth a static public address; one that has an address keeps it. */
export const AllocatePublicIpAddress = defineOperation({
  product: 'Ecs',
  action: 'AllocatePublicIpAddress',
  summary: 'Gives an instance that has public bandwidth a static public address.',
  evidence: { page: 'AllocatePublicIpAddress', revisions: '2020 to 2026-04' },
  access: { level: 'update', on: instance('InstanceId') },
  params: { InstanceId: singleInstanceId, ...compatibilityParams },
  refused: ['IpAddress', 'VlanId'],
  errors: Object.values(refusals),
  examples: [{ title: 'Give an instance a public address', params: { InstanceId: 'i-bp1example00000000002' } }],
  async handle(call, { InstanceId: id }) {
    const outcome = await assignPublicAddress(call.tx, { accountId: call.principal.account.id, id })
    return 'refusal' in outcome ? call.fail(refusals[outcome.refusal]) : { IpAddress: outcome.address }
  },
})
