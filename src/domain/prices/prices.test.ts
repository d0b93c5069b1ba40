import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceTypes } from '../catalogue/instance-types.ts'
import { dataDiskCategories } from '../disks/disks.ts'
import { listPrices } from './list-prices.ts'
import { fromFen, nanoPerSecond, toFen, toYuan } from '../billing/money.ts'
import { eipRate, marketPrice, priceOfBandwidth, priceOfDisk, type PriceList, priceOfType } from './prices.ts'
import { type BilledFacts, ratesOf, subscriptionPrice, totalOf } from './rates.ts'

const hour = 3_600

/** A Windows server with everything that costs; 2 vCPUs, 8 GiB. */
const machine: BilledFacts = {
  type: 'ecs.g7.large',
  zoneId: 'cn-hangzhou-h',
  status: 'Running',
  stopMode: null,
  chargeType: 'PostPaid',
  spotStrategy: 'NoSpot',
  networkType: 'vpc',
  locks: [],
  imageId: 'win2022_21H2_x64_dtc_en-us_40G_alibase_20240528.vhd',
  internetChargeType: 'PayByBandwidth',
  details: {
    internetMaxBandwidthOut: 8,
    disks: [
      { kind: 'system', category: 'cloud_essd', performanceLevel: 'PL1', sizeGiB: 40 },
      { kind: 'data', category: 'cloud_ssd', performanceLevel: '', sizeGiB: 100 },
      { kind: 'data', category: 'cloud_essd', performanceLevel: 'PL2', sizeGiB: 50 },
    ],
  },
}
const running = {
  compute: nanoPerSecond(2 * 0.18 + 8 * 0.04),
  image: nanoPerSecond(2 * 0.1),
  systemDisk: nanoPerSecond(40 * 0.002),
  dataDisk: nanoPerSecond(100 * 0.0014) + nanoPerSecond(50 * 0.004),
  bandwidth: nanoPerSecond(5 * 0.06 + 3 * 0.25),
}
const paused = { ...running, compute: 0, image: 0, bandwidth: 0 }

test('every instance type has a price, and more vCPUs of a family cost more', () => {
  assert.equal(instanceTypes.length, 341)
  for (const type of instanceTypes) {
    const price = priceOfType(type, listPrices)
    assert.ok(price > 0.01 && price < 1_000, `${type.id} costs ${price}`)
    for (const other of instanceTypes) {
      if (other.family !== type.family || other.cpuCores <= type.cpuCores || other.memoryGiB < type.memoryGiB) continue
      if ((other.gpu?.amount ?? 0) < (type.gpu?.amount ?? 0)) continue
      assert.ok(priceOfType(other, listPrices) > price, `${other.id} and ${type.id}`)
    }
  }
})

test('every disk that can be made has a price', () => {
  for (const category of dataDiskCategories) {
    const levels = category === 'cloud_essd' ? ['PL0', 'PL1', 'PL2', 'PL3'] : ['']
    for (const performanceLevel of levels) {
      assert.ok(priceOfDisk({ kind: 'data', category, performanceLevel, sizeGiB: 100 }, listPrices) > 0)
    }
  }
})

test('a rate is a whole number of nano-yuan per second, and shown amounts are rounded half up', () => {
  assert.equal(nanoPerSecond(0.68), 188_889)
  assert.deepEqual([0n, 4_999_999n, 5_000_000n, 14_999_999n, 15_000_000n].map(toFen), [0n, 0n, 1n, 1n, 2n])
  assert.equal(toYuan(fromFen(123_456_789_012)), 1_234_567_890.12)
})

test('a running instance costs its type, licence, disks and fixed bandwidth, in every passing status too', () => {
  for (const status of ['Pending', 'Starting', 'Running', 'Stopping'] as const) {
    assert.deepEqual(ratesOf({ ...machine, status, stopMode: 'StopCharging' }, listPrices), {
      state: 'running',
      rates: running,
      pausable: totalOf(running) - totalOf(paused),
    })
  }
})

test('a stop in standard mode costs as running does; economical mode leaves the disks', () => {
  const pausable = totalOf(running) - totalOf(paused)
  const off = { ...machine, status: 'Stopped' } as const
  assert.deepEqual(ratesOf({ ...off, stopMode: 'KeepCharging' }, listPrices), {
    state: 'stopped',
    rates: running,
    pausable,
  })
  assert.deepEqual(ratesOf({ ...off, stopMode: 'StopCharging' }, listPrices), {
    state: 'economical',
    rates: paused,
    pausable,
  })
})

test('what cannot stop in economical mode has nothing to save', () => {
  for (const changed of [{ type: 'ecs.i2.xlarge' }, { type: 'ecs.re6p.large' }, { networkType: 'classic' as const }]) {
    assert.equal(ratesOf({ ...machine, ...changed }, listPrices).pausable, 0, JSON.stringify(changed))
  }
})

test('a subscription has no rates: it costs its part of the same time, in whole fen, when it is bought', () => {
  const { rates, pausable } = ratesOf({ ...machine, chargeType: 'PrePaid' }, listPrices)
  assert.deepEqual([totalOf(rates), pausable], [0, 0])
  assert.deepEqual(subscriptionPrice({ ...machine, chargeType: 'PrePaid' }, 720 * hour, listPrices), {
    compute: 244_80,
    image: 72_00,
    systemDisk: 28_80,
    dataDisk: 122_40,
    bandwidth: 378_00,
  })
})

test('an instance that is locked for arrears and off costs nothing; any other lock changes nothing', () => {
  const off = { ...machine, status: 'Stopped', stopMode: 'KeepCharging' } as const
  assert.equal(totalOf(ratesOf({ ...off, locks: ['financial'] }, listPrices).rates), 0)
  assert.deepEqual(ratesOf({ ...off, locks: ['security'] }, listPrices).rates, running)
  assert.deepEqual(ratesOf({ ...machine, locks: ['financial'] }, listPrices).rates, running)
})

test('a spot instance pays the market price for its type only, which may be another in a zone', () => {
  const spot = { ...machine, spotStrategy: 'SpotAsPriceGo' } as const
  assert.deepEqual(ratesOf(spot, listPrices).rates, { ...running, compute: nanoPerSecond(0.2 * 0.68) })
  const dear: PriceList = {
    ...listPrices,
    spot: { factor: 0.2, zones: { 'cn-hangzhou-h': { 'ecs.g7.large': 0.9 } } },
  }
  assert.equal(ratesOf(spot, dear).rates.compute, nanoPerSecond(0.9 * 0.68))
  assert.equal(marketPrice('ecs.g7.large', 'cn-hangzhou-i', dear), 0.2 * priceOf('ecs.g7.large'))
})

test('bandwidth is dearer above 5 Mbit/s, and traffic is not metered', () => {
  assert.deepEqual(
    [0, 1, 5, 6].map(mbps => Math.round(priceOfBandwidth(mbps, listPrices) * 100)),
    [0, 6, 30, 55],
  )
  assert.equal(ratesOf({ ...machine, internetChargeType: 'PayByTraffic' }, listPrices).rates.bandwidth, 0)
})

test('an EIP pays its configuration fee while no instance has it, and fixed bandwidth always', () => {
  const rate = (chargeType: string, bound: boolean) => eipRate({ chargeType, mbps: 5, bound }, listPrices)
  assert.deepEqual([rate('PayByTraffic', false), rate('PayByTraffic', true)], [nanoPerSecond(0.02), 0])
  const fixed = nanoPerSecond(5 * 0.06)
  assert.deepEqual([rate('PayByBandwidth', false), rate('PayByBandwidth', true)], [nanoPerSecond(0.02) + fixed, fixed])
})

test('a type may have a price of its own', () => {
  const prices = { ...listPrices, types: { 'ecs.g7.large': 3.6 } }
  assert.equal(ratesOf(machine, prices).rates.compute, 1_000_000)
})

function priceOf(id: string): number {
  const type = instanceTypes.find(one => one.id === id)
  assert.ok(type)
  return priceOfType(type, listPrices)
}
