import assert from 'node:assert/strict'
import { until } from './raw.ts'
import type * as sdk from '@alicloud/ecs20140526'
import { createSdk, ecs, type EcsClient } from './sdk.ts'

export const imageId = 'm-tinyguest01'
/** 1 vCPU, 512 MiB. */
export const smallType = 'ecs.t5-lc2m1.nano'
const regionId = 'cn-hangzhou'
/** A busy machine boots a guest in half a minute, ms. */
const guestLimitMs = 90_000
/** Who asks all the time takes the processor from the machines, ms. */
const lookEveryMs = 40

/** A server as its users see it, whatever runs its machines: through the official SDK, and the control API. */
export interface Cloud {
  readonly endpoint: string
  readonly sdk: EcsClient
  /** Runs instances whose user data is a shell script, and waits until they are Running. */
  run(script?: string, options?: RunOptions): Promise<string[]>
  stop(id: string, fields?: Partial<sdk.StopInstanceRequest>): Promise<void>
  stopAll(ids: readonly string[], fields?: Partial<sdk.StopInstancesRequest>): Promise<string[]>
  start(id: string): Promise<void>
  reboot(id: string, fields?: Partial<sdk.RebootInstanceRequest>): Promise<void>
  remove(id: string): Promise<void>
  /** As DescribeInstances shows it. */
  describe(id: string): Promise<sdk.DescribeInstancesResponseBodyInstancesInstance | undefined>
  status(id: string): Promise<string | undefined>
  /** Waits until it has this status and nothing is under way any more, such as giving back what it held. */
  becomes(id: string, status: string): Promise<void>
  /** Waits until the guest has said this on its console, and returns all it said. */
  says(id: string, what: string | RegExp): Promise<string>
  /** An instance with its timeline, as the control API shows it. */
  show(id: string): Promise<{ instance: any; timeline: any[] }>
  control(method: string, path: string, body?: unknown): Promise<any>
}

export interface RunOptions {
  readonly amount?: number
  readonly publicIp?: boolean
  readonly more?: Partial<sdk.RunInstancesRequest>
}

export function cloudAt(endpoint: string): Cloud {
  const client = createSdk({ port: Number(new URL(endpoint).port) })
  const describe = async (id: string) => {
    const request = new ecs.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify([id]) })
    return (await client.describeInstances(request)).body?.instances?.instance?.[0]
  }
  const status = async (id: string) => (await describe(id))?.status
  const control = async (method: string, path: string, body?: unknown): Promise<any> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await fetch(`${endpoint}/_localyun${path}`, init)
    assert.equal(answer.status, 200, `${method} ${path}`)
    return answer.json()
  }
  const becomes = async (id: string, wanted: string) => {
    const isSettled = async () => (await control('GET', `/instances/${id}`)).instance?.operation === null
    const reached = async () => (await status(id)) === wanted && (await isSettled())
    await until(reached, guestLimitMs, lookEveryMs).catch(async () => assert.equal(await status(id), wanted))
  }
  return {
    endpoint,
    sdk: client,
    describe,
    status,
    becomes,
    control,
    async run(script = '', { amount = 1, publicIp = false, more = {} } = {}) {
      const request = new ecs.RunInstancesRequest({
        regionId,
        imageId,
        instanceType: smallType,
        amount,
        userData: Buffer.from(script).toString('base64'),
        internetMaxBandwidthOut: publicIp ? 5 : 0,
        ...more,
      })
      const ids = (await client.runInstances(request)).body?.instanceIdSets?.instanceIdSet ?? []
      for (const id of ids) await becomes(id, 'Running')
      return ids
    },
    async stop(instanceId, fields = {}) {
      await client.stopInstance(new ecs.StopInstanceRequest({ instanceId, ...fields }))
    },
    async stopAll(ids, fields = {}) {
      const request = new ecs.StopInstancesRequest({ regionId, instanceId: [...ids], ...fields })
      const responses = (await client.stopInstances(request)).body?.instanceResponses?.instanceResponse ?? []
      return responses.map(one => one.code ?? '')
    },
    async start(instanceId) {
      await client.startInstance(new ecs.StartInstanceRequest({ instanceId }))
    },
    async reboot(instanceId, fields = {}) {
      await client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId, ...fields }))
    },
    async remove(instanceId) {
      await client.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId, force: true }))
      await until(async () => (await describe(instanceId)) === undefined, guestLimitMs, lookEveryMs)
    },
    says: (id, what) => waitForConsole(client, id, what),
    show: id => control('GET', `/instances/${id}`),
  }
}

async function waitForConsole(client: EcsClient, instanceId: string, what: string | RegExp): Promise<string> {
  let text = ''
  const isThere = () => (typeof what === 'string' ? text.includes(what) : what.test(text))
  await until(
    async () => {
      const request = new ecs.GetInstanceConsoleOutputRequest({ regionId, instanceId })
      const { body } = await client.getInstanceConsoleOutput(request)
      text = Buffer.from(body?.consoleOutput ?? '', 'base64').toString()
      return isThere()
    },
    guestLimitMs,
    lookEveryMs,
  ).catch((reason: unknown) => {
    throw new Error(`${String(reason)}\nThe console says:\n${text}`)
  })
  return text
}
