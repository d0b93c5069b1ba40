import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { costOf } from '../../src/domain/billing/ledger.ts'
import { toFenDown } from '../../src/domain/billing/money.ts'
import { failpoints } from '../../src/platform/failpoints.ts'
import { findAccount } from '../../src/store/tables/identity/accounts.ts'
import { findBalance } from '../../src/store/tables/billing/balances.ts'
import { listAllInstances } from '../../src/store/tables/instances/instances.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { day, hour, putBalance } from '../support/arrears.ts'
import { account, region } from '../support/batch.ts'
import { meterOf } from '../support/bill.ts'
import { CallError } from '../support/client.ts'
import { tempFolder } from '../support/temp.ts'

const other = '1000000000000002'
const accounts = [account, other]
const whose = fc.constantFrom(account, other)
const target = fc.integer({ min: 0, max: 3 })
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pay: fc.constantFrom<(number | null)[]>(null, -1, 0, 0.01, 3, 40), whose }) },
  { weight: 3, arbitrary: fc.record({ stop: target, economical: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ start: target }) },
  { weight: 8, arbitrary: fc.record({ advance: fc.constantFrom(0.7, 59, hour, 5 * hour + 1, day, 3 * day) }) },
  { weight: 1, arbitrary: fc.record({ release: target }) },
  { weight: 1, arbitrary: fc.record({ reactivate: target }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ failToSettle: fc.constantFrom(hour, 2 * day) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What was said of an account, and what it had cost by then. */
type Paid = Map<string, { readonly fen: number; readonly spent: bigint } | undefined>

/** What an account has cost until a second, by the rows of its resources: shares nothing with the balance. */
async function spentBy(server: TestApp, accountId: string, until: number): Promise<bigint> {
  const own = (await meterOf(server)).filter(row => row.accountId === accountId)
  const resources = Map.groupBy(own, row => `${row.kind} ${row.number}`).values()
  return [...resources].reduce((sum, rows) => sum + costOf(rows, { from: 0, until }), 0n)
}

function secondsOf(server: TestApp): number {
  return Math.floor(server.app.clock.now() / 1000)
}

async function attempt(call: Promise<unknown>): Promise<void> {
  await call.catch((reason: unknown) => {
    if (!(reason instanceof CallError)) throw reason
  })
}

async function take(next: Step, server: TestApp, ids: readonly string[], paid: Paid): Promise<void> {
  const clientOf = (id: number) => (id < 2 ? server.client : server.clientFor('other', 'secret'))
  const call = (id: number, action: string, more = {}) =>
    attempt(clientOf(id).call(action, { InstanceId: ids[id] ?? '', ...more }))
  if ('pay' in next) {
    await putBalance(server, next.pay, next.whose)
    const spent = await spentBy(server, next.whose, secondsOf(server))
    paid.set(next.whose, next.pay === null ? undefined : { fen: Math.round(next.pay * 100), spent })
  } else if ('stop' in next) {
    await call(next.stop, 'StopInstance', { StoppedMode: next.economical ? 'StopCharging' : 'KeepCharging' })
  } else if ('start' in next) await call(next.start, 'StartInstance')
  else if ('advance' in next) await server.advance(next.advance)
  else if ('release' in next) await call(next.release, 'DeleteInstance', { Force: true })
  else if ('reactivate' in next) await call(next.reactivate, 'ReActivateInstances')
  else if ('failToSettle' in next) {
    failpoints.arm('account:settled', 'throw')
    await server
      .advance(next.failToSettle)
      .catch(() => undefined)
      .finally(() => failpoints.disarm())
    await server.advance(0)
  }
}

async function check(server: TestApp, paid: Paid): Promise<void> {
  const { store, services } = server.app
  const now = secondsOf(server)
  const instances = await store.transaction('read', tx => listAllInstances(tx, { after: 0, limit: 100 }))
  for (const id of accounts) {
    const given = paid.get(id)
    const [left, balance, stored] = await store.transaction('read', async tx => [
      await services.arrears.readBalance(tx, id),
      await findBalance(tx, id),
      await findAccount(tx, id),
    ])
    const locked = instances.filter(one => one.accountId === id && one.locks.includes('financial'))
    if (given === undefined) {
      assert.deepEqual([left, balance, stored?.balanceFen, locked], [null, undefined, 1_000_000_00, []])
      continue
    }
    const leftAt = async (at: number) => BigInt(given.fen) * 10_000_000n + given.spent - (await spentBy(server, id, at))
    assert.equal(left, toFenDown(await leftAt(now)), `${id} has what was paid in less its bill`)
    const inArrears = balance?.inArrearsSince !== null
    assert.equal((stored?.balanceFen ?? 0) < 0, inArrears, `calls of ${id} are judged by its arrears`)
    // Once below zero it stays there until somebody pays, and every whole hour finds it out.
    const lastHour = Math.floor(now / hour) * hour
    if ((await leftAt(lastHour)) < 0n && balance?.inArrearsSince === null) assert.fail(`${id} is in arrears unnoticed`)
    if (inArrears) assert.ok((await leftAt(now)) < 0n)
    else assert.deepEqual(locked, [])
  }
}

test('whatever is called, paid and lost in whatever order: the balance is what was paid in less the bill', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }), async script => {
      using folder = tempFolder()
      const terms = { graceMs: day * 1000, releaseMs: 4 * day * 1000 }
      const config = { store: `sqlite:${folder.path}/state.db`, randomSeed: undefined, arrears: terms }
      const paid: Paid = new Map()
      let server = await createTestApp(config)
      try {
        const ids = await server.seed({
          accounts: [{ id: other, accessKeys: [{ id: 'other', secret: 'secret' }], defaultEconomicalMode: true }],
          instances: [
            { count: 2, region },
            { count: 2, region, account: other, eip: true },
          ],
        })
        for (const next of [...script, { advance: 5 * hour }]) {
          if ('restart' in next) {
            await server.app.close()
            server = await createTestApp(config)
          } else await take(next, server, ids, paid)
          await check(server, paid)
        }
      } finally {
        await server.app.close()
      }
    }),
    { numRuns: 25 },
  )
})
