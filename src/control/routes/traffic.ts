import { z } from 'zod'
import { monthOf } from '../../domain/billing/ledger.ts'
import { findRegion } from '../../domain/catalogue/regions.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'
import { addTraffic, listTraffic, putTraffic } from '../../store/tables/network/traffic.ts'
import { ControlError, defineRoute } from '../route.ts'

const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const trafficRoutes = [
  defineRoute({
    method: 'GET',
    path: '/accounts/{id}/traffic',
    summary: "An account's internet traffic of this month, by region.",
    async handle({ store, clock }, { param }) {
      const accountId = param('id')
      const month = monthOf(Math.floor(clock.now() / 1000))
      const traffic = await store.transaction('read', async tx => {
        if ((await findAccount(tx, accountId)) === undefined) return undefined
        return listTraffic(tx, { accountId, month, regionId: undefined })
      })
      if (traffic === undefined) throw new ControlError(404, `There is no account ${accountId}.`)
      return { json: { month, traffic: traffic.map(one => ({ region: one.regionId, bytes: one.bytes })) } }
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/accounts/{id}/traffic/{region}',
    summary: "Sets an account's internet traffic of this month in a region, or adds to it; bytes.",
    body: z.union(
      [z.strictObject({ bytes }), z.strictObject({ add: bytes })],
      'give either bytes or add, a whole number',
    ),
    async handle({ store, clock }, { param, body }) {
      const [accountId, regionId] = [param('id'), param('region')]
      if (findRegion(regionId) === undefined) throw new ControlError(404, `There is no region ${regionId}.`)
      const month = monthOf(Math.floor(clock.now() / 1000))
      const now = await store.transaction('write', async tx => {
        if ((await findAccount(tx, accountId)) === undefined) return undefined
        if ('add' in body) return addTraffic(tx, { accountId, regionId, month, bytes: body.add })
        await putTraffic(tx, { accountId, regionId, month, bytes: body.bytes })
        return body.bytes
      })
      if (now === undefined) throw new ControlError(404, `There is no account ${accountId}.`)
      return { json: { region: regionId, month, bytes: now } }
    },
  }),
]
