// What did stopping dev every night save this month, and why was it not more? 200 machines, 30 nights, and the report that one
// would send around. Run it with "node --test examples/saved-this-month.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const hour = 3_600_000
const nights = 30

/** The code under test: what a scheduler orders at 20:00 and at 07:00, in batches of the 100 that a call takes. */
async function inBatches(ids, order) {
  for (let start = 0; start < ids.length; start += 100) await order(ids.slice(start, start + 100))
}
const stopAll = (client, ids, how = {}) =>
  inBatches(ids, instanceId => client.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId, ...how })))
const startAll = (client, ids) =>
  inBatches(ids, instanceId => client.startInstances(new ecs.StartInstancesRequest({ regionId, instanceId })))

/** The report: from the bill alone, in whole CNY. */
async function report(cloud) {
  const { total, items, savings } = await cloud.cost()
  const { lines } = await cloud.cost({ by: 'tag' })
  const { economical, standard } = savings
  const hours = seconds => Math.round(seconds / 3600)
  const cny = Math.round
  return [
    `Saved ${cny(savings.saved)} in ${hours(economical.instanceSeconds)} instance-hours: spent ${cny(total)} instead of ${cny(savings.ifAlwaysRunning)}.`,
    ...lines.map(line => `  ${line.key} ${cny(line.total)}`),
    ...Object.entries(items).map(([item, amount]) => `  ${item} ${cny(amount)}`),
    'Why not more:',
    `  disks of stopped machines went on, ${cny(economical.disksWentOn)}, and EIPs, ${cny(economical.eipsWentOn)};`,
    `  ${hours(standard.instanceSeconds)} instance-hours off in standard mode cost ${cny(standard.cost)};`,
    `  economical mode would have saved ${cny(standard.economicalWouldHaveSaved)} of that;`,
    `  ${hours(standard.ineligibleInstanceSeconds)} of the hours were of machines that cannot have it.`,
  ]
}

test('a month of nights, and what is said of it', async () => {
  const machines = { region: regionId, type: 'ecs.g7.large' }
  await using cloud = await createLocalyun({
    clock: 'virtual',
    startAt: new Date('2026-09-01T07:00:00+08:00'),
    // Machines that need no time, so that the figures are even.
    timing: { startMs: 0, stopMs: 0, deallocateMs: 0 },
  })
  const web = await cloud.seed({ instances: [{ ...machines, count: 100, tags: { team: 'web' } }] })
  const shop = await cloud.seed({ instances: [{ ...machines, count: 50, eip: true, tags: { team: 'shop' } }] })
  // This team's script says nothing of a mode, and the account's switch is off.
  const build = await cloud.seed({ instances: [{ ...machines, count: 40, tags: { team: 'build' } }] })
  // Local disks: no economical mode, whatever the call says.
  const data = await cloud.seed({
    instances: [{ ...machines, count: 10, type: 'ecs.i2.xlarge', tags: { team: 'data' } }],
  })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })

  for (let night = 1; night <= nights; night++) {
    await cloud.clock.advance(13 * hour)
    await stopAll(client, [...web, ...shop, ...data], { stoppedMode: 'StopCharging' })
    await stopAll(client, build)
    await cloud.clock.advance(11 * hour)
    await startAll(client, [...web, ...shop, ...build, ...data])
    await cloud.clock.untilIdle()
  }

  // A g7.large costs 0.68 an hour and its disk 0.08; a bound EIP nothing; an i2.xlarge, disk included, 2.56. Of 720 hours 330 were nights.
  assert.deepEqual(await report(cloud), [
    'Saved 33660 in 49500 instance-hours: spent 88740 instead of 122400.',
    '  team=web 32280',
    '  team=build 21888',
    '  team=data 18432',
    '  team=shop 16140',
    '  compute 77220',
    '  systemDisk 11520',
    'Why not more:',
    '  disks of stopped machines went on, 3960, and EIPs, 0;',
    '  16500 instance-hours off in standard mode cost 18480;',
    '  economical mode would have saved 8976 of that;',
    '  3300 of the hours were of machines that cannot have it.',
  ])
  assert.equal(Math.round(150 * 330 * 0.68), 33660)
  assert.equal(Math.round(100 * (390 * 0.68 + 720 * 0.08)), 32280)
})
