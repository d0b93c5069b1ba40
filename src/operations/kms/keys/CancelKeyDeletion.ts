import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runStateChange, stateErrors } from './key-state.ts'

/** Takes back a deletion; the key is Enabled. */
export const CancelKeyDeletion = defineOperation({
  product: 'Kms',
  action: 'CancelKeyDeletion',
  summary: 'Takes back a deletion; the key is Enabled.',
  evidence: { page: 'CancelKeyDeletion' },
  access: { level: 'update', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam },
  errors: stateErrors,
  examples: [{ title: 'Keep a key after all', params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000003' } }],
  handle: (call, input) => runStateChange(call, input, { event: 'cancel-deletion' }),
})
