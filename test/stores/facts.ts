import { createHash } from 'node:crypto'
import type { TestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import type { accounts } from '../golden/world.ts'

/** What a store holds, as callers see it. */
export type Facts = Awaited<ReturnType<typeof readFacts>>

/** A status per instance id. */
export type Statuses = Readonly<Record<string, string>>

/** How long after the recording all that was under way is over, seconds. */
export const settledAfter = 3 * 3_600

export async function readFacts(server: TestApp) {
  const get = async (path: string) => (await control(server, 'GET', path)).body
  const { now } = await get('/clock')
  const { instances } = await get('/instances?limit=1000')
  const events = await allEvents(server)
  const eips = await server.client.call('DescribeEipAddresses', { RegionId: 'cn-hangzhou', PageSize: 100 })
  const keys = await server.client.call('ListKeys', { RegionId: 'cn-hangzhou', PageSize: 100, Version: '2016-01-20' })
  const cost = await get('/cost?by=item')
  const systemEvents = (await listSystemEvents(server, instances)).flat()
  const { faults } = await get('/faults')
  const { webhooks } = await get('/webhooks')
  return {
    now: now as string,
    instances: (instances as Record<string, any>[]).map(one => [
      one['id'],
      one['name'],
      one['account'],
      one['region'],
      one['status'],
      one['stoppedMode'],
      one['operation'] ?? '',
      one['privateIp'],
      one['publicIp'],
      one['eip'],
      JSON.stringify(one['tags']),
      one['locks'].join(' '),
    ]) as string[][],
    events: {
      count: events.length,
      latest: (await get('/events?after=latest')).latest as number,
      digest: digest(events.map(({ seq, at, instanceId, state, actor }) => [seq, at, instanceId, state, actor])),
    },
    eips: (eips['EipAddresses'].EipAddress as Record<string, any>[]).map(
      one => `${one['AllocationId']} ${one['IpAddress']} ${one['Status']} ${one['InstanceId']}`,
    ),
    keys: (keys['Keys'].Key as Record<string, any>[]).map(one => one['KeyId'] as string).sort(),
    cost: { total: cost.total as number, items: cost.items as Record<string, number> },
    systemEvents: systemEvents.map(one => `${one['id']} ${one['type']} ${one['status']}`),
    balances: [await balanceOf(server, 'localyun'), await balanceOf(server, 'second')],
    faults: (faults as Record<string, any>[]).map(one => `${one['id']} seen ${one['seen']} struck ${one['struck']}`),
    webhooks: (webhooks as Record<string, any>[]).map(one => `${one['id']} ${one['url']}`).sort(),
  }
}

/** What has become of a store when all that was under way is over. */
export interface Later {
  readonly statuses: Statuses
  /** What happened meanwhile, sorted: how long each step takes is not what is compared. */
  readonly events: readonly string[]
}

/** Moves the clock on until all that was under way is over. */
export async function settle(server: TestApp): Promise<Later> {
  const before = (await allEvents(server)).length
  await server.advance(settledAfter)
  const events = (await allEvents(server)).slice(before)
  return {
    statuses: await statusesOf(server),
    events: events.map(({ instanceId, state, actor }) => `${instanceId} ${state} ${actor}`).sort(),
  }
}

export async function statusesOf(server: TestApp): Promise<Statuses> {
  const { instances } = (await control(server, 'GET', '/instances?limit=1000')).body
  return Object.fromEntries(instances.map(({ id, status }: { id: string; status: string }) => [id, status]))
}

async function allEvents(server: TestApp): Promise<Record<string, any>[]> {
  const all: Record<string, any>[] = []
  for (;;) {
    const after = all.at(-1)?.['seq'] ?? 0
    const { events } = (await control(server, 'GET', `/events?after=${after}&limit=1000`)).body
    if (events.length === 0) return all
    all.push(...events)
  }
}

async function listSystemEvents(
  server: TestApp,
  instances: readonly { id: string }[],
): Promise<Record<string, any>[][]> {
  const lists: Record<string, any>[][] = []
  for (const { id } of instances) {
    lists.push((await control(server, 'GET', `/instances/${id}/system-events`)).body.systemEvents)
  }
  return lists
}

async function balanceOf(server: TestApp, key: keyof typeof accounts): Promise<string> {
  const client = server.clientFor(key, `${key}-secret`)
  const answer = await client.call('QueryAccountBalance', { Version: '2017-12-14' })
  return answer['Data'].AvailableAmount
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
