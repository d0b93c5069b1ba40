import { defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { key } from '../../../protocol/resources.ts'
import { changeKey } from '../../../services/keys/keys.ts'
import { keyErrors, readKeyRef, regionParam } from './common.ts'

/** Protects a key from deletion, or no more. */
export const SetDeletionProtection = defineOperation({
  product: 'Kms',
  action: 'SetDeletionProtection',
  summary: 'Protects a key from ScheduleKeyDeletion, or no more.',
  evidence: { page: 'SetDeletionProtection' },
  access: { level: 'update', on: key('ProtectedResourceArn') },
  params: {
    RegionId: regionParam,
    ProtectedResourceArn: p.string({ required: true, about: 'the ARN of a key' }),
    EnableDeletionProtection: p.boolean({ required: true }),
    DeletionProtectionDescription: p.string({ about: 'why; only when it is switched on' }),
  },
  errors: [...keyErrors, 'Rejected.PendingDeletion'],
  examples: [
    {
      title: 'Protect a key',
      params: {
        ProtectedResourceArn: 'acs:kms:cn-hangzhou:1000000000000001:key/1234abcd-12ab-34cd-56ef-000000000001',
        EnableDeletionProtection: 'true',
      },
    },
  ],
  async handle(call, { RegionId, ProtectedResourceArn: KeyId, ...input }) {
    const deletionProtection = input.EnableDeletionProtection
    const deletionProtectionDescription = (deletionProtection ? input.DeletionProtectionDescription : undefined) ?? ''
    const outcome = await changeKey(
      call.tx,
      readKeyRef(call, { RegionId, KeyId }),
      key => ({ ...key, details: { ...key.details, deletionProtection, deletionProtectionDescription } }),
      call.now,
    )
    if (outcome === 'not-found') call.fail('Forbidden.KeyNotFound')
    if (outcome === 'pending-deletion') call.fail('Rejected.PendingDeletion')
    return undefined
  },
})
