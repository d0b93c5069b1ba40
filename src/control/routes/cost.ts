import { type CostGrouping, costGroupings } from '../../domain/billing/report.ts'
import { readCost } from '../../services/billing/cost.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'
import { ControlError, defineRoute } from '../route.ts'
import { readTime } from '../time.ts'

export const costRoutes = [
  defineRoute({
    method: 'GET',
    path: '/cost',
    summary: 'What instances cost in a period, in CNY by the price list, and what stopping them saved.',
    query: {
      from: 'a time like 2026-09-01T00:00:00Z, or a day, which begins at midnight UTC+8; default: the first cost',
      until: 'likewise; default, and at most: now',
      by: `what the lines are: ${costGroupings.join(', ')}; default instance`,
      account: 'one account; default: all',
    },
    async handle({ store, clock }, { query }) {
      const account = query.get('account') ?? undefined
      const by = readGrouping(query)
      const from = timeOf(query, 'from')
      const now = clock.now()
      const until = timeOf(query, 'until')
      if (from !== undefined && from > Math.min(until ?? now, now)) {
        throw new ControlError(400, `from: must not be after until, nor after now (${new Date(now).toISOString()}).`)
      }
      const cost = await store.transaction('read', async tx => {
        if (account !== undefined && (await findAccount(tx, account)) === undefined) return undefined
        return readCost(tx, { accountId: account, from, until, now, by })
      })
      if (cost === undefined) throw new ControlError(404, `There is no account ${account}.`)
      return { json: cost }
    },
  }),
]

function readGrouping(query: URLSearchParams): CostGrouping {
  const text = query.get('by') ?? 'instance'
  const by = costGroupings.find(known => known === text)
  if (by === undefined) throw new ControlError(400, `by: must be one of ${costGroupings.join(', ')}.`)
  return by
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const at = readTime(text, '+08:00')
  if (at !== undefined) return at
  throw new ControlError(400, `${name}: "${text}" is no time like 2026-09-01T00:00:00Z or 2026-09-01.`)
}
