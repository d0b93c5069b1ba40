import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../test/support/app.ts'
import { region } from '../../../test/support/batch.ts'
import { costOf, noTime, totalOf } from '../../../test/support/bill.ts'
import { instanceIds } from '../../../test/support/client.ts'

const hour = 3_600
/** Midnight in China. */
const september = Date.UTC(2026, 7, 31, 16)

/**
 * A month of schedules. Whoever keeps hours is off from 20:00 to 08:00: 29 whole nights and 4 hours of the last one,
 * 352 hours; on for the other 368 of 720.
 *
 *                                 compute            image         bandwidth     system disk    data disk      sum
 *   nights, economical mode       368 × 0.68  250.24                             720 × .08 57.60               307.84
 *   nights, standard mode         720 × 0.68  489.60                             720 × .08 57.60               547.20
 *   nights, Windows, 10 Mbit/s    368 × 1.04  382.72 × .4 147.20 × 1.55 570.40   720 × .025 18.00 720 × .1 72  1190.32
 *   subscription                  half of 489.60 = 244.80                        half of 57.60 = 28.80         273.60
 *   released after 15 days        360 × 0.68  244.80                             360 × .08 28.80               273.60
 *   spot, always on               720 × 0.136  97.92                             720 × .08 57.60               155.52
 *   off all month, with an EIP    EIP by traffic, bound: no fee                  720 × .08 57.60                57.60
 *   an EIP that nobody has        EIP 720 × 0.02 = 14.40                                                        14.40
 */
test('a month of schedules is billed to the cent', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: september })
  const [economical = '', standard = '', released = ''] = await server.seed({
    instances: [
      { region, name: 'economical', tags: { env: 'dev', team: 'a' } },
      { region, name: 'standard', tags: { env: 'dev' } },
      { region, name: 'released', tags: { env: 'test' } },
      { region, name: 'subscription', chargeType: 'PrePaid' },
      { region, name: 'spot', spot: true },
      { region, name: 'off', eip: true, status: 'Stopped', stoppedMode: 'StopCharging' },
    ],
    eips: [{ region, name: 'idle' }],
  })
  const run = await server.client.call('RunInstances', {
    RegionId: region,
    ZoneId: 'cn-hangzhou-h',
    ImageId: 'win2022_21H2_x64_dtc_en-us_40G_alibase_20240528.vhd',
    InstanceType: 'ecs.c7.xlarge',
    InstanceName: 'windows',
    InternetChargeType: 'PayByBandwidth',
    InternetMaxBandwidthOut: 10,
    'SystemDisk.Category': 'cloud_efficiency',
    'SystemDisk.Size': 50,
    'DataDisk.1.Category': 'cloud_essd',
    'DataDisk.1.PerformanceLevel': 'PL0',
    'DataDisk.1.Size': 100,
  })
  const windows: string = run['InstanceIdSets'].InstanceIdSet[0]
  for (let day = 1; day <= 30; day++) {
    await server.advance(8 * hour)
    if (day > 1) {
      const everybody = instanceIds([economical, standard, windows])
      await server.client.call('StartInstances', { RegionId: region, ...everybody })
    }
    await server.advance(12 * hour)
    const paused = instanceIds([economical, windows])
    await server.client.call('StopInstances', { RegionId: region, ...paused, StoppedMode: 'StopCharging' })
    await server.client.call('StopInstance', { InstanceId: standard })
    await server.advance(4 * hour)
    if (day === 15) await server.client.call('DeleteInstance', { InstanceId: released, Force: true })
  }

  const bill = await costOf(server)
  assert.deepEqual([bill.from, bill.until], ['2026-08-31T16:00:00.000Z', '2026-09-30T16:00:00.000Z'])
  assert.deepEqual(
    bill.lines.map(({ name, total }) => [name, total]),
    [
      ['windows', 1190.32],
      ['standard', 547.2],
      ['economical', 307.84],
      ['subscription', 273.6],
      ['released', 273.6],
      ['spot', 155.52],
      ['off', 57.6],
      ['idle', 14.4],
    ],
  )
  assert.deepEqual(bill.lines[0]?.items, {
    compute: 382.72,
    image: 147.2,
    systemDisk: 18,
    dataDisk: 72,
    bandwidth: 570.4,
  })
  assert.equal(bill.total, 2820.08)
  assert.equal(Math.round(Number(await totalOf(server)) / 1e7), 2820_08)
  assert.deepEqual(
    (await costOf(server, { by: 'item' })).lines.map(({ key, total }) => [key, total]),
    [
      ['compute', 1710.08],
      ['bandwidth', 570.4],
      ['systemDisk', 306],
      ['image', 147.2],
      ['dataDisk', 72],
      ['eip', 14.4],
    ],
  )
  assert.deepEqual(
    (await costOf(server, { by: 'tag' })).lines.map(({ key, total }) => [key, total]),
    [
      ['(no tag)', 1691.44],
      ['env=dev', 855.04],
      ['team=a', 307.84],
      ['env=test', 273.6],
    ],
  )
  // Off in economical mode: 352 h of 0.68 and of 2.99, 720 h of 0.68. Disks meanwhile 352 × 0.08 and × 0.125, 720 × 0.08.
  assert.deepEqual(bill.savings, {
    saved: 1781.44,
    ifAlwaysRunning: 4601.52,
    ifKeepCharging: 4601.52,
    economical: { instanceSeconds: (352 + 352 + 720) * hour, disksWentOn: 129.76, eipsWentOn: 0 },
    standard: {
      instanceSeconds: 352 * hour,
      cost: 267.52,
      economicalWouldHaveSaved: 239.36,
      ineligibleInstanceSeconds: 0,
    },
  })
  const days = (await costOf(server, { by: 'day' })).lines
  assert.equal(days.length, 30)
  assert.deepEqual([days[0]?.key, days[29]?.key], ['2026-09-01', '2026-09-30'])
  // 12 h of 0.68 and of 2.99; 24 h of 0.08, 0.125, 0.76, 0.76, 0.216 and 0.1.
  assert.equal(days[9]?.total, 93.02)
  // The first day has the subscription, and nobody is off before 20:00: 8 h more of 0.68 and of 2.99.
  assert.equal(days[0]?.total, 395.98)
  // One night, from 20:00 to 08:00, of the one in economical mode: 12 h of 0.08.
  const night = { from: september + 20 * hour * 1000, until: september + 32 * hour * 1000 }
  const line = (await costOf(server, night)).lines.find(one => one.name === 'economical')
  assert.deepEqual(line?.items, { systemDisk: 0.96 })
})

test('an EIP with fixed bandwidth goes on while the instance that has it is paused', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: september })
  const id = await server.instance({ name: 'machine' })
  await server.seed({
    eips: [{ region, name: 'address', internetChargeType: 'PayByBandwidth', instance: id, tags: { env: 'dev' } }],
  })
  await server.advance(hour)
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  await server.advance(2 * hour)
  const { lines, items, savings } = await costOf(server)
  // 0.68 for an hour and 0.08 for three; 5 × 0.06 for three.
  assert.deepEqual(
    lines.map(({ name, type, total }) => [name, type, total]),
    [
      ['machine', 'ecs.g7.large', 0.92],
      ['address', '', 0.9],
    ],
  )
  assert.equal(items.eip, 0.9)
  assert.deepEqual([savings.economical.eipsWentOn, savings.economical.disksWentOn], [0.6, 0.16])
  assert.equal((await costOf(server, { by: 'tag' })).lines.find(line => line.key === 'env=dev')?.total, 0.9)
})

test('a period that begins after the release of an instance leaves it out', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: september })
  const id = await server.instance()
  await server.advance(hour)
  await server.client.call('DeleteInstance', { InstanceId: id, Force: true })
  await server.advance(hour)
  assert.equal((await costOf(server)).total, 0.76)
  assert.deepEqual((await costOf(server, { from: september + 3_600_000 })).lines, [])
})

test('time off in standard mode counts from the start of an instance that was made Stopped', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: september })
  const ids = await server.seed({
    instances: [
      { region, status: 'Stopped' },
      { region, status: 'Stopped', type: 'ecs.i2.xlarge' },
      { region, status: 'Stopped', chargeType: 'PrePaid' },
    ],
  })
  await server.advance(hour)
  await server.client.call('StartInstance', { InstanceId: ids[0] ?? '' })
  await server.advance(hour)
  await server.client.call('DeleteInstance', { InstanceId: ids[1] ?? '' })
  await server.advance(hour)
  const { standard } = (await costOf(server)).savings
  // 1 h at 0.76; 2 h at 4 × 0.3 + 32 × 0.04 + 0.08 of a type with local disks; a subscription has nothing to save.
  assert.deepEqual(standard, {
    instanceSeconds: 3 * hour,
    cost: 5.88,
    economicalWouldHaveSaved: 0.68,
    ineligibleInstanceSeconds: 2 * hour,
  })
})

test('a bill of more instances than are read at once has them all', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: september })
  await server.seed({ instances: [{ count: 450, region }] })
  await server.advance(hour)
  const bill = await costOf(server)
  assert.deepEqual([bill.lines.length, bill.total], [450, 342])
})
