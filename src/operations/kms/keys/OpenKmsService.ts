import { defineOperation } from '../../../protocol/operation.ts'
import { every } from '../../../protocol/resources.ts'
import { updateKmsState } from '../../../store/tables/identity/accounts.ts'
import { regionParam } from './common.ts'

/** Opens KMS for the account. */
export const OpenKmsService = defineOperation({
  product: 'Kms',
  action: 'OpenKmsService',
  summary: 'Opens KMS for the account, once.',
  evidence: { page: 'OpenKmsService' },
  access: { level: 'update', on: every('key') },
  params: { RegionId: regionParam },
  errors: ['Forbidden.Opened'],
  examples: [{ title: 'Open KMS', params: {} }],
  async handle(call) {
    const { account } = call.principal
    if (account.kms === 'open') call.fail('Forbidden.Opened')
    await updateKmsState(call.tx, account.id, 'open')
    return undefined
  },
})
