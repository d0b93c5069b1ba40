import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { kmsServiceStates } from '../../src/domain/instances/types.ts'
import { failpoints } from '../../src/platform/failpoints.ts'
import type { StateDocument } from '../../src/services/world/dump.ts'
import type { Tx } from '../../src/store/store.ts'
import {
  findAccessKey,
  findAccount,
  findCachedAccessKey,
  findCachedAccount,
} from '../../src/store/tables/identity/accounts.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { hour, putBalance } from '../support/arrears.ts'
import { account, region } from '../support/batch.ts'
import { control } from '../support/control.ts'
import { kmsOf } from '../support/kms.ts'
import { testDatabase } from '../support/postgres.ts'

const accounts = [account, '1000000000000002', '1000000000000003']
const keys = ['localyun', 'k1', 'k2']
const whose = fc.constantFrom(...accounts)
const seed = fc.record({
  id: whose,
  accessKeys: fc.array(
    fc.record({
      id: fc.constantFrom('k1', 'k2'),
      secret: fc.constantFrom('one', 'two'),
      status: fc.constantFrom('Active' as const, 'Inactive' as const),
    }),
    { maxLength: 2 },
  ),
  kms: fc.constantFrom(...kmsServiceStates),
  defaultEconomicalMode: fc.boolean(),
})
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ seeds: fc.array(seed, { minLength: 1, maxLength: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ whose, kms: fc.constantFrom(...kmsServiceStates) }) },
  { weight: 2, arbitrary: fc.record({ whose, economical: fc.boolean(), commits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ whose, balance: fc.constantFrom(null, -1, 0, 2) }) },
  { weight: 2, arbitrary: fc.record({ advance: fc.constantFrom(1, hour, 24 * hour) }) },
  { weight: 1, arbitrary: fc.record({ openKms: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ reset: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ keep: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ goBack: fc.constant(true) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function take(next: Step, server: TestApp, kept: { state?: StateDocument }): Promise<void> {
  const { store, dump } = server.app
  if ('seeds' in next) await server.seed({ accounts: next.seeds }).catch(ignore('SeedError'))
  else if ('kms' in next) await control(server, 'PUT', `/accounts/${next.whose}`, { kms: next.kms })
  else if ('economical' in next) {
    if (!next.commits) failpoints.arm('group:before-commit', 'throw')
    await control(server, 'PUT', `/accounts/${next.whose}`, { defaultEconomicalMode: next.economical })
    failpoints.disarm()
  } else if ('balance' in next) await putBalance(server, next.balance, next.whose).catch(() => undefined)
  else if ('advance' in next) await server.advance(next.advance)
  else if ('openKms' in next) await kmsOf(server).call('OpenKmsService').catch(ignore('CallError'))
  else if ('reset' in next) await store.transaction('alone', tx => dump.reset(tx))
  else if ('keep' in next) kept.state = await store.transaction('alone', tx => dump.exportState(tx))
  else if (kept.state !== undefined) {
    const { state } = kept
    await store.transaction('alone', tx => dump.importState(tx, state))
  }
}

function ignore(name: string) {
  return (reason: unknown) => {
    if (!(reason instanceof Error) || reason.constructor.name !== name) throw reason
  }
}

/** What calls are judged by is what the store has. */
async function check(tx: Tx): Promise<void> {
  for (const id of keys) assert.deepEqual(await findCachedAccessKey(tx, id), await findAccessKey(tx, id))
  for (const id of accounts) assert.deepEqual(await findCachedAccount(tx, id), await findAccount(tx, id))
}

const stores = {
  sqlite: async () => ({ url: 'memory:', [Symbol.asyncDispose]: async () => undefined }),
  postgres: testDatabase,
}

suite('calls are judged by the accounts and access keys of this moment, whatever changes them', () => {
  for (const [name, open] of Object.entries(stores)) {
    test(`on ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async script => {
          await using database = await open()
          await using server = await createTestApp({ store: database.url, randomSeed: undefined })
          const { store } = server.app
          await server.seed({ instances: [{ count: 2, region }] })
          const kept: { state?: StateDocument } = {}
          for (const next of script) {
            // Some calls are under way meanwhile.
            await Promise.all([take(next, server, kept), ...[1, 2].map(() => store.transaction('read', look))])
            await store.transaction('read', check)
            await store.transaction('write', check)
          }
        }),
        { numRuns: name === 'sqlite' ? 30 : 6 },
      )
    })
  }
})

async function look(tx: Tx): Promise<void> {
  for (const id of keys) await findCachedAccessKey(tx, id)
  for (const id of accounts) await findCachedAccount(tx, id)
}
