import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runStateChange, stateErrors } from './key-state.ts'

/** Makes a key unusable until it is enabled again. */
export const DisableKey = defineOperation({
  product: 'Kms',
  action: 'DisableKey',
  summary: 'Makes a key unusable until it is enabled again.',
  evidence: { page: 'DisableKey' },
  access: { level: 'update', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam },
  errors: stateErrors,
  examples: [{ title: 'Disable a key', params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000001' } }],
  handle: (call, input) => runStateChange(call, input, { event: 'disable' }),
})
