import type { SeedInput } from '../../src/services/world/seed-document.ts'
import { createTestApp, type TestApp } from './app.ts'

export const exampleAccount = '1000000000000001'

type SeedAccount = NonNullable<SeedInput['accounts']>[number]

/** A server with what the examples of operations speak of, all of it in cn-hangzhou. Two such worlds are equal. */
export async function createExampleWorld(action: string, accessKeys: SeedAccount['accessKeys'] = []): Promise<TestApp> {
  const server = await createTestApp({}, { startAt: Date.UTC(2026, 0, 2, 3, 4, 5) })
  await server.seed({
    accounts: [
      {
        id: exampleAccount,
        kms: action === 'OpenKmsService' ? 'not-activated' : 'open',
        accessKeys,
      },
    ],
    kmsKeys: [
      { id: '1234abcd-12ab-34cd-56ef-000000000001', region: 'cn-hangzhou' },
      { id: '1234abcd-12ab-34cd-56ef-000000000002', region: 'cn-hangzhou', state: 'Disabled' },
      { id: '1234abcd-12ab-34cd-56ef-000000000003', region: 'cn-hangzhou', state: 'PendingDeletion' },
    ],
    traffic: [{ region: 'cn-hangzhou', gib: 1 }],
    instances: [
      { id: 'i-bp1example00000000001', region: 'cn-hangzhou', tags: { quote: `<"&'>` } },
      { id: 'i-bp1example00000000002', region: 'cn-hangzhou', publicIp: true, locks: [] },
      {
        id: 'i-bp1example00000000003',
        region: 'cn-hangzhou',
        status: 'Stopped',
        locks: action === 'ReActivateInstances' ? ['financial'] : [],
      },
      { id: 'i-bp1example00000000004', region: 'cn-hangzhou', chargeType: 'PrePaid' },
    ],
    eips: [
      { id: 'eip-bp1example00000000001', region: 'cn-hangzhou', tags: { env: 'dev' } },
      { id: 'eip-bp1example00000000002', region: 'cn-hangzhou', instance: 'i-bp1example00000000003' },
    ],
  })
  return server
}

/** All that an operation could change. */
export async function stateOf(server: TestApp) {
  const { Instances } = await server.client.call('DescribeInstances', { RegionId: 'cn-hangzhou' })
  const { tables } = await server.app.store.transaction('read', tx => server.app.dump.exportState(tx))
  return { Instances, kmsKeys: tables.kms_keys.rows, accounts: tables.accounts.rows, eips: tables.eips.rows }
}

/** All lists of an answer, however deep. */
export function lists(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value, ...value.flatMap(lists)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(lists) : []
}
