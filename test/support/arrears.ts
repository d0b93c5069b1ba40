import type { TestApp } from './app.ts'
import { account } from './batch.ts'
import { control } from './control.ts'

/** What g7.large with 40 GiB costs: nano-yuan per second, worked out by hand in metering.test.ts. */
export const largeRate = 211_111
export const hour = 3_600
export const day = 24 * hour

/** Says what an account has now, in CNY; null takes the limit away. Returns the account as it is then. */
export async function putBalance(server: TestApp, balance: number | null, id = account): Promise<Record<string, any>> {
  const { status, body } = await control(server, 'PUT', `/accounts/${id}`, { balance })
  if (status !== 200) throw new Error(body.error)
  return body
}

/** What QueryAccountBalance shows of the default account. */
export async function shownBalance({ client }: TestApp): Promise<string> {
  const answer = await client.call('QueryAccountBalance', { Version: '2017-12-14' })
  return answer['Data'].AvailableAmount
}

/** An instance's status, locks and stop mode, or undefined when it is gone. */
export async function stateOf(server: TestApp, id: string): Promise<string | undefined> {
  const shown = await server.describe(id)
  if (shown === undefined) return undefined
  const locks = (shown['OperationLocks'].LockReason as { LockReason: string }[]).map(one => one.LockReason)
  return [shown['Status'], shown['StoppedMode'], ...locks].join(' ')
}

/** The system events of an instance, oldest first: type, status, and seconds from `since` until they are carried out. */
export async function systemEventsOf(server: TestApp, id: string, since: number): Promise<[string, string, number][]> {
  const { body } = await control(server, 'GET', `/instances/${id}/system-events`)
  const events = body.systemEvents as { type: string; status: string; notBefore: string }[]
  return events
    .map((one): [string, string, number] => [one.type, one.status, (Date.parse(one.notBefore) - since) / 1000])
    .reverse()
}
