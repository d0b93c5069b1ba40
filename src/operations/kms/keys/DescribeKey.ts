import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { findKmsKey } from '../../../store/tables/keys.ts'
import { keyErrors, keyIdParam, readKeyRef, regionParam } from './common.ts'
import { toKeyMetadata } from './wire.ts'

/** Shows a key, whatever its state. */
export const DescribeKey = defineOperation({
  product: 'Kms',
  action: 'DescribeKey',
  summary: 'Shows a key, whatever its state.',
  evidence: { page: 'DescribeKey' },
  access: { level: 'read', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam },
  errors: keyErrors,
  examples: [{ title: 'Read the state of a key', params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000001' } }],
  async handle(call, input) {
    const ref = readKeyRef(call, input)
    const key = (await findKmsKey(call.tx, { ...ref, now: call.now })) ?? call.fail('Forbidden.KeyNotFound')
    const { deletionProtection, deletionProtectionDescription: why } = key.details
    return {
      KeyMetadata: {
        ...toKeyMetadata(key, call.now),
        DeletionProtection: deletionProtection ? 'Enabled' : 'Disabled',
        ...(deletionProtection && why !== '' ? { DeletionProtectionDescription: why } : {}),
      },
    }
  },
})
