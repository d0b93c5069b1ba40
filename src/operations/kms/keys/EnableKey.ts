import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runStateChange, stateErrors } from './key-state.ts'

/** Makes a disabled key usable again. */
export const EnableKey = defineOperation({
  product: 'Kms',
  action: 'EnableKey',
  summary: 'Makes a disabled key usable again.',
  evidence: { page: 'EnableKey' },
  access: { level: 'update', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam },
  errors: stateErrors,
  examples: [{ title: 'Enable a key', params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000002' } }],
  handle: (call, input) => runStateChange(call, input, { event: 'enable' }),
})
