import { z } from 'zod'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { findZone } from '../../domain/catalogue/regions.ts'
import { kmsServiceStates } from '../../domain/instances/types.ts'
import { findAccount, putAccount } from '../../store/tables/identity/accounts.ts'
import { listAllStock, putStock } from '../../store/tables/instances/stock.ts'
import { ControlError, defineRoute } from '../route.ts'

const accountChange = z.strictObject({
  balance: z.number().multipleOf(0.01).nullable().optional(),
  defaultEconomicalMode: z.boolean().optional(),
  kms: z.enum(kmsServiceStates).optional(),
})

export const accountRoutes = [
  defineRoute({
    method: 'PUT',
    path: '/accounts/{id}',
    summary: 'Sets what is given of an account; balance in CNY, null for one that never runs dry.',
    body: accountChange,
    async handle({ store, services }, { param, body }) {
      const id = param('id')
      const account = await store.transaction('alone', async tx => {
        const before = await findAccount(tx, id)
        if (before === undefined) return undefined
        const after = {
          id,
          balanceFen: before.balanceFen,
          defaultEconomicalMode: body.defaultEconomicalMode ?? before.defaultEconomicalMode,
          kms: body.kms ?? before.kms,
        }
        await putAccount(tx, after)
        const { balance } = body
        if (balance !== undefined) {
          await services.arrears.setBalance(tx, id, balance === null ? null : Math.round(balance * 100))
        }
        return { ...after, left: await services.arrears.readBalance(tx, id) }
      })
      if (account === undefined) throw new ControlError(404, `There is no account ${id}.`)
      const { defaultEconomicalMode, kms, left } = account
      return { json: { id, balance: left === null ? null : left / 100, defaultEconomicalMode, kms } }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/stock',
    summary: 'What zones have room for, as far as it is limited.',
    async handle({ store }) {
      const stock = await store.transaction('read', listAllStock)
      return {
        json: { stock: stock.map(({ zoneId, type, available }) => ({ zone: zoneId, instanceType: type, available })) },
      }
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/zones/{zone}/stock/{instanceType}',
    summary: 'How many more instances of a type a zone has room for; null is no limit.',
    body: z.strictObject({ available: z.number().int().min(0).nullable() }),
    async handle({ store }, { param, body }) {
      const [zoneId, type] = [param('zone'), param('instanceType')]
      if (findZone(zoneId) === undefined) throw new ControlError(404, `There is no zone ${zoneId}.`)
      if (findInstanceType(type) === undefined) throw new ControlError(404, `There is no instance type ${type}.`)
      await store.transaction('write', tx => putStock(tx, [{ zoneId, type, available: body.available }]))
      return { json: { zone: zoneId, instanceType: type, available: body.available } }
    },
  }),
]
