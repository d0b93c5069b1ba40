import { defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { key } from '../../../protocol/resources.ts'
import { usualWindowDays } from '../../../services/keys/keys.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runStateChange, stateErrors } from './key-state.ts'

/** Deletes a key some days from now; until then it is PendingDeletion. */
export const ScheduleKeyDeletion = defineOperation({
  product: 'Kms',
  action: 'ScheduleKeyDeletion',
  summary: 'Makes a key unusable at once and deletes it some days from now.',
  evidence: { page: 'ScheduleKeyDeletion' },
  access: { level: 'delete', on: key('KeyId') },
  params: {
    RegionId: regionParam,
    KeyId: keyIdParam,
    PendingWindowInDays: p.integer({ default: usualWindowDays, min: 7, max: 366 }),
  },
  errors: stateErrors,
  examples: [
    {
      title: 'Delete a key in a week',
      params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000001', PendingWindowInDays: '7' },
    },
  ],
  handle: (call, input) =>
    runStateChange(call, input, { event: 'schedule-deletion', windowDays: input.PendingWindowInDays }),
})
