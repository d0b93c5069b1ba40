import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Cloud } from '../support/cloud.ts'
import { createQemuCloud, runningPids, skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'
import { ecs } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'
const machines = 20
/** Machines that go on and off with each other, while the other groups do so in their own time. */
const groupSize = 5
const rounds = 50

/** Waits until all of them have a status. */
async function allBecome({ sdk }: Cloud, ids: readonly string[], status: string): Promise<void> {
  const request = new ecs.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify(ids), pageSize: 100 })
  const haveIt = async () => {
    const { body } = await sdk.describeInstances(request)
    return body?.instances?.instance?.every(instance => instance.status === status) === true
  }
  await until(haveIt, 60_000, 50)
}

async function cycle(cloud: Cloud, ids: readonly string[]): Promise<void> {
  await cloud.sdk.startInstances(new ecs.StartInstancesRequest({ regionId, instanceId: [...ids] }))
  await allBecome(cloud, ids, 'Running')
  await cloud.stopAll(ids, { forceStop: true })
  await allBecome(cloud, ids, 'Stopped')
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
}

/** Monitors and processes that this process holds on to. */
function countHandles(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'PipeWrap' || name === 'ProcessWrap').length
}

test(
  'a thousand starts and stops leave no process, socket, file or open handle behind',
  {
    skip,
    timeout: 400_000,
  },
  async () => {
    await using cloud = await createQemuCloud({ startPaused: true })
    const ids = await cloud.run('', { amount: machines })
    await cloud.stopAll(ids, { forceStop: true })
    await allBecome(cloud, ids, 'Stopped')
    const [filesBefore, handlesBefore] = [listFiles(cloud.folder), countHandles()]

    const groups = Array.from({ length: machines / groupSize }, (_, index) =>
      ids.slice(index * groupSize, (index + 1) * groupSize),
    )
    const cycleAll = async (group: readonly string[]) => {
      for (let round = 0; round < rounds; round++) await cycle(cloud, group)
    }
    await Promise.all(groups.map(cycleAll))

    assert.deepEqual(runningPids(cloud.folder), [])
    assert.deepEqual(listFiles(cloud.folder), filesBefore)
    assert.equal(countHandles(), handlesBefore)
    for (const id of ids) {
      const { timeline } = await cloud.show(id)
      assert.equal(timeline.filter(one => one.state === 'Stopped').length, rounds + 1)
      await cloud.remove(id)
    }
    await until(() => readdirSync(join(cloud.folder, 'machines')).length === 0)
  },
)
