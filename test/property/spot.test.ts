import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listEvents, type StateChange } from '../../src/store/tables/events.ts'
import { listAllInstances } from '../../src/store/tables/instances/instances.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { region } from '../support/batch.ts'
import { totalOf } from '../support/bill.ts'
import { CallError, instanceIds } from '../support/client.ts'
import { tempFolder } from '../support/temp.ts'

const place = { zone: 'cn-hangzhou-h', type: 'ecs.g7.large' }
const disk = 22_222
const minute = 60

const target = fc.integer({ min: 0, max: 3 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ price: fc.constantFrom<number[]>(0.1, 0.2, 0.36, 0.72) }) },
  { weight: 4, arbitrary: fc.record({ advance: fc.constantFrom<number[]>(0.7, 3, 100, 5 * minute, 40 * minute) }) },
  { weight: 2, arbitrary: fc.record({ stop: target, economical: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ start: target }) },
  { weight: 1, arbitrary: fc.record({ reboot: target }) },
  { weight: 1, arbitrary: fc.record({ release: target }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the market asked from a time on, and which stops asked for economical mode: all that the events do not say. */
interface Known {
  readonly prices: { readonly at: number; readonly price: number }[]
  readonly economical: Set<string>
}

async function take(next: Step, server: TestApp, ids: readonly string[], known: Known): Promise<void> {
  if ('advance' in next) return server.advance(next.advance)
  if ('price' in next) {
    await server.seed({ spotPrices: [{ ...place, price: next.price }] })
    known.prices.push({ at: server.app.clock.now(), price: next.price })
    return
  }
  if ('restart' in next) return
  const [action, index] = Object.entries(next)[0] as [keyof typeof actions, number]
  const more = 'economical' in next ? { StoppedMode: next.economical ? 'StopCharging' : 'KeepCharging' } : {}
  const id = ids[index] ?? ''
  try {
    const params = action === 'release' ? { InstanceId: id, Force: true } : { RegionId: region, ...instanceIds([id]) }
    const answer = await server.client.call(actions[action], { ...params, ...more })
    if ('economical' in next && next.economical) known.economical.add(answer['RequestId'])
  } catch (reason) {
    // What ran into a refusal changed nothing.
    if (!(reason instanceof CallError)) throw reason
  }
}
const actions = { stop: 'StopInstances', start: 'StartInstances', reboot: 'RebootInstances', release: 'DeleteInstance' }

/** What an instance has cost until a second, by its events and the market alone. */
function costOf(events: readonly StateChange[], { prices, economical }: Known, until: number): bigint {
  const changes = [...prices, ...events].toSorted((one, other) => one.at - other.at)
  let [total, since, price, isPaused, isThere, isEconomical] = [0n, 0, 0, false, false, false]
  const settle = (at: number) => {
    const rate = isThere ? disk + (isPaused ? 0 : Math.round((price * 1e9) / 3600)) : 0
    total += BigInt(rate) * BigInt(at - since)
    since = at
  }
  for (const change of changes) {
    settle(Math.floor(change.at / 1000))
    if ('price' in change) ({ price } = change)
    else if (change.state !== 'Interruption') {
      // The platform stops in economical mode.
      if (change.state === 'Stopping') isEconomical = change.actor === 'platform' || economical.has(change.requestId)
      isPaused = change.state === 'Stopped' && isEconomical
      isThere = change.state !== 'Deleted'
    }
  }
  settle(until)
  return total
}

async function check(server: TestApp, known: Known): Promise<void> {
  const { store, clock } = server.app
  const now = clock.now()
  const [events, instances] = await store.transaction('read', async tx => [
    await listEvents(tx, { after: 0, limit: 10_000 }),
    await listAllInstances(tx, { after: 0, limit: 100 }),
  ])
  const byInstance = Map.groupBy(events, one => one.instanceId)
  const expected = [...byInstance.values()].map(own => costOf(own, known, Math.floor(now / 1000)))
  assert.equal(
    await totalOf(server),
    expected.reduce((sum, one) => sum + one, 0n),
  )
  const price = known.prices.at(-1)?.price ?? 0
  for (const { id, status, locks, createdAt, spotStrategy, details } of instances) {
    const isOutbid = spotStrategy === 'SpotWithPriceLimit' && details.spotPriceLimit < price
    const isProtected = now < createdAt + details.spotDuration * 3_600_000
    if (status === 'Running' && isOutbid && !isProtected) assert.ok(locks.includes('Recycling'), `${id} runs on`)
    const since = byInstance.get(id)?.findLast(one => one.state === 'Interruption')?.at ?? Infinity
    if (locks.includes('Recycling')) assert.ok(since <= now && (status !== 'Running' || now < since + 300_000), id)
  }
}

test('whatever the market does, nobody outbid runs on without notice, and every second costs what it asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }), async script => {
      using folder = tempFolder()
      const config = { store: `sqlite:${folder.path}/state.db`, randomSeed: undefined }
      let server = await createTestApp(config)
      try {
        const known: Known = { prices: [], economical: new Set() }
        const spot = { region, zone: place.zone }
        await take({ price: 0.1 }, server, [], known)
        const ids = await server.seed({
          instances: [
            { ...spot, spot: { priceLimit: 0.2, interruption: 'Stop' } },
            { ...spot, spot: { priceLimit: 0.2, duration: 1 } },
            { ...spot, spot: { priceLimit: 0.5, duration: 1, interruption: 'Stop' } },
            { ...spot, spot: true },
          ],
        })
        for (const next of [...script, { advance: 7_200 }]) {
          if ('restart' in next) {
            await server.app.close()
            server = await createTestApp(config)
          } else await take(next, server, ids, known)
          await check(server, known)
        }
      } finally {
        await server.app.close()
      }
    }),
    { numRuns: 25 },
  )
})
