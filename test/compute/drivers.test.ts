import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { timingProfiles } from '../../src/compute/simulated/timing.ts'
import { createTestApp } from '../support/app.ts'
import { type Cloud, cloudAt } from '../support/cloud.ts'
import { createQemuCloud, skip } from '../support/qemu.ts'

type Settings = { readonly stopGraceMs?: number }

async function createSimulatedCloud(settings: Settings): Promise<Cloud & AsyncDisposable> {
  const { app } = await createTestApp({ clock: 'real', timeScale: 20, timing: timingProfiles.short, ...settings })
  return Object.assign(cloudAt(app.endpoint), { [Symbol.asyncDispose]: () => app.close() })
}

const drivers = [
  { name: 'simulated machines', skip: false, create: createSimulatedCloud },
  { name: 'real machines', skip, create: (settings: Settings) => createQemuCloud({}, settings) },
] as const

for (const driver of drivers) {
  describe(driver.name, { skip: driver.skip, timeout: 600_000 }, () => {
    test('run, stop and start again, in standard mode', async () => {
      await using cloud = await driver.create({})
      const [id = ''] = await cloud.run('', { publicIp: true })
      const address = (await cloud.describe(id))?.publicIpAddress?.ipAddress?.[0]
      await cloud.stop(id)
      assert.equal(await cloud.status(id), 'Stopping')
      await assert.rejects(cloud.stop(id), { code: 'IncorrectInstanceStatus' })
      await cloud.becomes(id, 'Stopped')
      assert.equal((await cloud.describe(id))?.stoppedMode, 'KeepCharging')
      await assert.rejects(cloud.reboot(id), { code: 'IncorrectInstanceStatus' })

      await cloud.start(id)
      await cloud.becomes(id, 'Running')
      assert.deepEqual((await cloud.describe(id))?.publicIpAddress?.ipAddress, [address])
      await cloud.remove(id)
      const states = (await cloud.show(id)).timeline.map(one => one.state)
      const start = ['Starting', 'Running']
      const stop = ['Stopping', 'Stopped']
      assert.deepEqual(states.slice(0, 7), ['Created', ...start, ...stop, ...start])
      assert.equal(states.at(-1), 'Deleted')
    })

    test('a forced, economical stop gives the public address back; a start brings another', async () => {
      await using cloud = await driver.create({})
      const [id = ''] = await cloud.run('', { publicIp: true })
      await cloud.stop(id, { forceStop: true, stoppedMode: 'StopCharging' })
      await cloud.becomes(id, 'Stopped')
      const stopped = await cloud.describe(id)
      assert.equal(stopped?.stoppedMode, 'StopCharging')
      assert.deepEqual(stopped?.publicIpAddress?.ipAddress, [])
      await cloud.start(id)
      await cloud.becomes(id, 'Running')
      assert.equal((await cloud.describe(id))?.publicIpAddress?.ipAddress?.length, 1)
    })

    test('a reboot goes through Stopping and Starting, and ends Running', async () => {
      await using cloud = await driver.create({})
      const [id = ''] = await cloud.run()
      const before = (await cloud.show(id)).timeline.length
      await cloud.reboot(id)
      await cloud.becomes(id, 'Running')
      const states = (await cloud.show(id)).timeline.slice(before).map(one => one.state)
      assert.deepEqual(states, ['Stopping', 'Starting', 'Running'])
    })

    test('a guest that ignores its power button is forced when its grace time is over', async () => {
      await using cloud = await driver.create({ stopGraceMs: 1_000 })
      const [id = ''] = await cloud.run()
      await cloud.control('PUT', `/instances/${id}/guest`, { shutdown: 'ignore' })
      await cloud.stop(id)
      await cloud.becomes(id, 'Stopped')
      assert.match((await cloud.show(id)).timeline.at(-1).reason, /grace time/)
    })

    test('ten instances stop all together or not at all, or as many as can', async () => {
      await using cloud = await driver.create({})
      const ids = await cloud.run('', { amount: 10 })
      const [off = ''] = ids
      await cloud.stop(off, { forceStop: true })
      await cloud.becomes(off, 'Stopped')
      await assert.rejects(cloud.stopAll(ids, { batchOptimization: 'AllTogether' }), {
        code: 'IncorrectInstanceStatus',
      })
      for (const id of ids.slice(1)) assert.equal(await cloud.status(id), 'Running')

      const codes = await cloud.stopAll(ids, { batchOptimization: 'SuccessFirst' })
      assert.deepEqual(codes, ['IncorrectInstanceStatus', ...ids.slice(1).map(() => '200')])
      for (const id of ids) await cloud.becomes(id, 'Stopped')

      await cloud.start(off)
      await cloud.becomes(off, 'Running')
      assert.deepEqual(await cloud.stopAll([off], { batchOptimization: 'AllTogether', forceStop: true }), ['200'])
      await cloud.becomes(off, 'Stopped')
    })
  })
}
