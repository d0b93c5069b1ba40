import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { costOf, segmentsOf } from '../../src/domain/billing/ledger.ts'
import { failpoints } from '../../src/platform/failpoints.ts'
import { listEvents, type StateChange } from '../../src/store/tables/events.ts'
import type { MeterRow } from '../../src/store/tables/billing/meter.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { account, region, shutDownInGuest } from '../support/batch.ts'
import { meterOf, totalOf } from '../support/bill.ts'
import { CallError, instanceIds } from '../support/client.ts'
import { allocateEip, vpcOf } from '../support/eips.ts'
import { tempFolder } from '../support/temp.ts'

// What each machine of the fleet costs, worked out by hand: g7.large 0.68 CNY an hour, 40 GiB at 0.002; local SSDs 2.48.
const always = { large: 22_222, local: 22_222 + 688_889 }
const pausable = { large: 188_889, local: 0 }
type Machine = keyof typeof always
const machineOf = (id: string): Machine => (id === 'i-local001' ? 'local' : 'large')
/** What a subscription of so many seconds costs, in fen: half the price of each item. */
function subscriptionFen(id: string, seconds: number): number {
  const items = machineOf(id) === 'local' ? [688_889, 22_222] : [188_889, 22_222]
  return items.reduce((sum, rate) => sum + Math.round((rate * seconds * 0.5) / 1e7), 0)
}
const weekSeconds = 604_800

// The same of EIPs: 0.02 CNY an hour while no instance has it; 0.06 for each of the first 5 Mbit/s that are fixed, then 0.25.
const idleFee = 5_556
const eipTypes = ['PayByTraffic', 'PayByBandwidth'] as const
const fixedRates = [0, 16_667, 33_333, 50_000, 66_667, 83_333, 152_778, 222_222, 291_667, 361_111, 430_556] as const

const target = fc.integer({ min: 0, max: 6 })
const targets = fc.uniqueArray(target, { minLength: 1, maxLength: 5 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ stop: targets, economical: fc.boolean(), force: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ start: targets }) },
  {
    weight: 6,
    arbitrary: fc.record({
      advance: fc.constantFrom<number[]>(0.4, 1, 2.7, 30, 700, 7_201.5, 259_200, 610_000, 1_400_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ reboot: target }) },
  { weight: 1, arbitrary: fc.record({ shutDownInGuest: target }) },
  { weight: 1, arbitrary: fc.record({ release: target, graceful: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ releaseIn: target, minutes: fc.integer({ min: 31, max: 200 }) }) },
  { weight: 2, arbitrary: fc.record({ subscribe: target }) },
  { weight: 1, arbitrary: fc.record({ unsubscribe: target }) },
  { weight: 1, arbitrary: fc.record({ renew: target }) },
  { weight: 1, arbitrary: fc.record({ run: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ failToCommit: target }) },
  { weight: 2, arbitrary: fc.record({ allocateEip: fc.constantFrom(...eipTypes) }) },
  { weight: 4, arbitrary: fc.record({ eip: target, bindTo: target }) },
  { weight: 2, arbitrary: fc.record({ eip: target, unbind: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ eip: target, giveBack: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ eip: target, mbps: fc.integer({ min: 1, max: 10 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Every script begins with two EIPs that instances have, so that what ends an instance meets them. */
const begin: readonly Step[] = [
  { allocateEip: 'PayByBandwidth' },
  { eip: 0, bindTo: 0 },
  { allocateEip: 'PayByTraffic' },
  { eip: 1, bindTo: 4 },
]

/** What ran into a refusal changed nothing; the test is about what was accepted. */
async function attempt(call: Promise<Record<string, any>>): Promise<Record<string, any> | undefined> {
  try {
    return await call
  } catch (reason) {
    if (reason instanceof CallError) return undefined
    throw reason
  }
}

/** What was done to an EIP, from which second on: all that a bill of it needs, but for the release of its instance. */
interface EipStory {
  readonly id: string
  readonly isFixed: boolean
  readonly chapters: { readonly at: number; readonly mbps: number; readonly instance: string }[]
  releasedAt?: number
}

const secondOf = ({ app }: TestApp) => Math.floor(app.clock.now() / 1000)

async function takeEipStep(
  next: Step,
  server: TestApp,
  idOf: (index: number) => string,
  eips: EipStory[],
): Promise<void> {
  const at = secondOf(server)
  const vpc = vpcOf(server)
  if ('allocateEip' in next) {
    const order = { InternetChargeType: next.allocateEip, Bandwidth: 5 }
    const id = await allocateEip(server, order)
    eips.push({ id, isFixed: next.allocateEip === 'PayByBandwidth', chapters: [{ at, mbps: 5, instance: '' }] })
    return
  }
  const eip = eips['eip' in next ? next.eip % eips.length : -1]
  const last = eip?.chapters.at(-1)
  if (eip === undefined || last === undefined) return
  const named = { AllocationId: eip.id }
  if ('bindTo' in next) {
    const instance = idOf(next.bindTo)
    const done = await attempt(vpc.call('AssociateEipAddress', { ...named, InstanceId: instance }))
    if (done !== undefined) eip.chapters.push({ ...last, at, instance })
  } else if ('unbind' in next) {
    const done = await attempt(vpc.call('UnassociateEipAddress', named))
    if (done !== undefined) eip.chapters.push({ ...last, at, instance: '' })
  } else if ('mbps' in next) {
    const done = await attempt(vpc.call('ModifyEipAddressAttribute', { ...named, Bandwidth: next.mbps }))
    if (done !== undefined) eip.chapters.push({ ...last, at, mbps: next.mbps })
  } else if ('giveBack' in next) {
    const done = await attempt(vpc.call('ReleaseEipAddress', named))
    if (done !== undefined) eip.releasedAt = at
  }
}

/** What an EIP has cost until a second, by the calls alone and the times at which instances went. */
function costByCalls(eip: EipStory, deletedAt: (instance: string) => number, until: number): bigint {
  const end = Math.min(until, eip.releasedAt ?? until)
  let total = 0n
  for (const [index, { at, mbps, instance }] of eip.chapters.entries()) {
    const next = Math.max(at, Math.min(eip.chapters[index + 1]?.at ?? end, end))
    const bound = instance === '' ? 0 : Math.max(0, Math.min(next, deletedAt(instance)) - at)
    const fixed = eip.isFixed ? (fixedRates[mbps] ?? 0) : 0
    total += BigInt(fixed) * BigInt(next - at) + BigInt(idleFee) * BigInt(next - at - bound)
  }
  return total
}

/** All that the events do not say. */
interface Notes {
  /** Whether each accepted stop asked for economical mode, by its request id. */
  readonly modes: Map<string, boolean>
  /** From which second on an instance is charged how. */
  readonly charges: { id: string; at: number; prepaid: boolean }[]
  /** When subscriptions end, ms. */
  readonly ends: Map<string, number>
  paidFen: number
}

/** Subscribes for a week, gives up what is left, or renews by a week; notes what was accepted. */
async function changeSubscription(
  how: 'subscribe' | 'unsubscribe' | 'renew',
  id: string,
  { app, client }: TestApp,
  notes: Notes,
): Promise<void> {
  const week = { Period: 1, PeriodUnit: 'Week' }
  const change = { RegionId: region, InstanceIds: JSON.stringify([id]) }
  const answer = await attempt(
    how === 'renew'
      ? client.call('RenewInstance', { InstanceId: id, ...week })
      : client.call('ModifyInstanceChargeType', {
          ...change,
          ...(how === 'subscribe' ? week : { InstanceChargeType: 'PostPaid' }),
        }),
  )
  if (answer === undefined) return
  const now = app.clock.now()
  const end = notes.ends.get(id) ?? now
  if (how === 'unsubscribe') {
    notes.paidFen -= subscriptionFen(id, Math.floor((end - now) / 1000))
    notes.ends.delete(id)
  } else {
    notes.paidFen += subscriptionFen(id, weekSeconds)
    notes.ends.set(id, end + weekSeconds * 1000)
  }
  if (how !== 'renew') notes.charges.push({ id, at: Math.floor(now / 1000), prepaid: how === 'subscribe' })
}

async function take(next: Step, server: TestApp, ids: string[], notes: Notes): Promise<void> {
  const { client } = server
  const idOf = (index: number) => ids[index % ids.length] ?? ''
  const named = (which: readonly number[]) => ({
    RegionId: region,
    ...instanceIds(which.map(idOf)),
    BatchOptimization: 'SuccessFirst',
  })
  if ('stop' in next) {
    const StoppedMode = next.economical ? 'StopCharging' : 'KeepCharging'
    const options = { StoppedMode, ForceStop: next.force }
    const answer = await attempt(client.call('StopInstances', { ...named(next.stop), ...options }))
    if (answer !== undefined) notes.modes.set(answer['RequestId'], next.economical)
  } else if ('start' in next) await attempt(client.call('StartInstances', named(next.start)))
  else if ('advance' in next) await server.advance(next.advance)
  else if ('reboot' in next) await attempt(client.call('RebootInstances', named([next.reboot])))
  else if ('subscribe' in next) await changeSubscription('subscribe', idOf(next.subscribe), server, notes)
  else if ('unsubscribe' in next) await changeSubscription('unsubscribe', idOf(next.unsubscribe), server, notes)
  else if ('renew' in next) await changeSubscription('renew', idOf(next.renew), server, notes)
  else if ('shutDownInGuest' in next) await shutDownInGuest(server, idOf(next.shutDownInGuest))
  else if ('release' in next) {
    const id = { InstanceId: idOf(next.release) }
    await attempt(client.call('DeleteInstance', { ...id, Force: true, ForceStop: !next.graceful }))
  } else if ('releaseIn' in next) {
    const at = new Date(server.app.clock.now() + next.minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
    const id = { InstanceId: idOf(next.releaseIn) }
    await attempt(client.call('ModifyInstanceAutoReleaseTime', { ...id, AutoReleaseTime: at }))
  } else if ('run' in next) {
    const order = {
      RegionId: region,
      ImageId: 'ubuntu_22_04_x64_20G_alibase_20240528.vhd',
      InstanceType: 'ecs.g7.large',
    }
    const disk = { 'SystemDisk.Category': 'cloud_essd', 'SystemDisk.Size': 40 }
    const answer = await client.call('RunInstances', { ...order, ...disk, Amount: next.run })
    ids.push(...answer['InstanceIdSets'].InstanceIdSet)
  } else if ('failToCommit' in next) {
    failpoints.arm('group:before-commit', 'throw')
    const stop = client.call('StopInstance', { InstanceId: idOf(next.failToCommit), StoppedMode: 'StopCharging' })
    await assert.rejects(stop).finally(() => failpoints.disarm())
  }
}

/** What an instance has cost until a second, by its events and our notes: an account that shares nothing with the meter. */
function costByEvents(id: string, events: readonly StateChange[], { modes, charges }: Notes, until: number): bigint {
  const machine = machineOf(id)
  let total = 0n
  let rate = 0
  let since = 0
  let economical = false
  let prepaid = false
  const passTo = (second: number) => {
    if (!prepaid) total += BigInt(rate) * BigInt(second - since)
    since = second
  }
  const open = charges.filter(one => one.id === id)
  const takeCharges = (second: number) => {
    while (open[0] !== undefined && open[0].at <= second) {
      passTo(open[0].at)
      prepaid = open.shift()?.prepaid === true
    }
  }
  for (const { at, state, requestId, actor } of events) {
    const second = Math.floor(at / 1000)
    takeCharges(second)
    passTo(second)
    // A subscription has no economical mode.
    if (state === 'Stopping') economical = !prepaid && actor === 'api' && modes.get(requestId) === true
    if (state === 'Stopped') rate = always[machine] + (economical ? 0 : pausable[machine])
    else rate = state === 'Deleted' ? 0 : always[machine] + pausable[machine]
  }
  takeCharges(until)
  passTo(until)
  return total
}

/** From its creation to its release, or until now, an instance's rows leave no second out and take none twice. */
function checkTiles(rows: readonly MeterRow[], events: readonly StateChange[], until: number): void {
  const born = Math.floor((events[0]?.at ?? 0) / 1000)
  const deleted = events.find(one => one.state === 'Deleted')
  const died = deleted === undefined ? until : Math.floor(deleted.at / 1000)
  let at = born
  for (const segment of segmentsOf(rows, { from: 0, until })) {
    assert.equal(segment.from, at)
    at = segment.until
  }
  assert.equal(at, died)
  assert.equal(rows.at(-1)?.state === 'released', deleted !== undefined)
}

async function check(server: TestApp, notes: Notes, eips: readonly EipStory[]): Promise<void> {
  const until = Math.floor(server.app.clock.now() / 1000)
  const events = await server.app.store.transaction('read', tx => listEvents(tx, { after: 0, limit: 10_000 }))
  const byInstance = Map.groupBy(events, one => one.instanceId)
  const meter = Map.groupBy(await meterOf(server), row => row.id)
  assert.deepEqual([...meter.keys()].sort(), [...byInstance.keys(), ...eips.map(eip => eip.id)].sort())
  let sum = 0n
  for (const [id, own] of byInstance) {
    const rows = meter.get(id) ?? []
    const expected = costByEvents(id, own, notes, until)
    assert.equal(costOf(rows, { from: 0, until }), expected, id)
    checkTiles(rows, own, until)
    sum += expected
  }
  const deletedAt = (instance: string) => {
    const deleted = byInstance.get(instance)?.find(one => one.state === 'Deleted')
    return deleted === undefined ? Infinity : Math.floor(deleted.at / 1000)
  }
  for (const eip of eips) {
    const expected = costByCalls(eip, deletedAt, until)
    assert.equal(costOf(meter.get(eip.id) ?? [], { from: 0, until }), expected, eip.id)
    sum += expected
  }
  assert.equal(await totalOf(server), sum + BigInt(notes.paidFen) * 10_000_000n)
}

test('whatever is called in whatever order, no second is billed twice or lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }), async script => {
      using folder = tempFolder()
      // Ids are left to chance: a seed would repeat them after a restart.
      const config = { store: `sqlite:${folder.path}/state.db`, randomSeed: undefined }
      const notes: Notes = { modes: new Map(), charges: [], ends: new Map(), paidFen: 0 }
      const eips: EipStory[] = []
      let server = await createTestApp(config)
      try {
        const ids = await server.seed({
          accounts: [{ id: account, balance: 1_000_000 }],
          instances: [
            { count: 3, region },
            { region, id: 'i-local001', type: 'ecs.i2.xlarge' },
            { region, guest: { shutdown: 'ignore' } },
          ],
        })
        for (const next of [...begin, ...script, { advance: 700 }]) {
          if ('restart' in next) {
            await server.app.close()
            server = await createTestApp(config)
          } else {
            await take(next, server, ids, notes)
            await takeEipStep(next, server, index => ids[index % ids.length] ?? '', eips)
          }
          await check(server, notes, eips)
        }
      } finally {
        await server.app.close()
      }
    }),
    { numRuns: 25 },
  )
})
