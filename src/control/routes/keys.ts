import { z } from 'zod'
import { kmsKeyStates } from '../../domain/instances/types.ts'
import { type KmsKey, withEcsTag } from '../../domain/keys/keys.ts'
import { withState } from '../../services/keys/keys.ts'
import { lockKmsKey, putKmsKey } from '../../store/tables/keys.ts'
import { ControlError, defineRoute } from '../route.ts'

const keyChange = z.strictObject({
  account: z.string().optional(),
  state: z.enum(kmsKeyStates).optional(),
  ecsTag: z.boolean().optional(),
  ecsAuthorized: z.boolean().optional(),
})

export const keyRoutes = [
  defineRoute({
    method: 'PUT',
    path: '/kms-keys/{region}/{keyId}',
    summary: "Sets what is given of a key, whatever KMS's own rules say; of the default account unless told.",
    body: keyChange,
    async handle({ store, clock, seeding }, { param, body }) {
      const [regionId, id] = [param('region'), param('keyId')]
      const now = clock.now()
      const where = { accountId: body.account ?? seeding.defaultAccountId, regionId, id, now }
      const key = await store.transaction('write', async tx => {
        const before = await lockKmsKey(tx, where)
        if (before === undefined) return undefined
        const after = changed(before, body, now)
        await putKmsKey(tx, after)
        return after
      })
      if (key === undefined) throw new ControlError(404, `There is no key ${id} in ${regionId}.`)
      const { accountId: account, regionId: region, state, ecsTag, ecsAuthorized } = key
      return { json: { id, account, region, state, ecsTag, ecsAuthorized } }
    },
  }),
]

function changed(key: KmsKey, change: z.output<typeof keyChange>, now: number): KmsKey {
  const moved = change.state === undefined ? key : withState(key, change.state, now)
  const tagged = change.ecsTag === undefined ? moved : withEcsTag(moved, change.ecsTag)
  return { ...tagged, ecsAuthorized: change.ecsAuthorized ?? key.ecsAuthorized }
}
