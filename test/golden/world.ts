import type { TestApp } from '../support/app.ts'

type SeedInput = Parameters<TestApp['seed']>[0]

export const startAt = Date.UTC(2026, 8, 7, 1, 2, 3)

/** The accounts, by the access key that signs for them. */
export const accounts = {
  localyun: '1000000000000001',
  second: '2000000000000002',
  third: '3000000000000003',
} as const
export type AccessKey = keyof typeof accounts
export const regions = ['cn-hangzhou', 'cn-beijing'] as const

/** Keys of KMS by what is the matter with them; each account has them in Hangzhou, the first also in Beijing. */
const keyKinds: Readonly<Record<string, Partial<NonNullable<SeedInput['kmsKeys']>[number]>>> = {
  enabled: {},
  disabled: { state: 'Disabled' },
  pending: { state: 'PendingDeletion' },
  importing: { state: 'PendingImport' },
  untagged: { ecsTag: false },
  unauthorized: { ecsAuthorized: false },
}
export const seededKeys = Object.keys(keyKinds).map(kind => `1234abcd-12ab-34cd-56ef-${kind.padEnd(12, '0')}`)

type Instances = NonNullable<SeedInput['instances']>

/** Instances of every kind that a rule tells from another. */
export function richInstances(account: string, region: string, prefix: string): Instances {
  const zone = `${region}-h`
  const common = { account, region, zone }
  const [enabled = '', disabled = '', pending = '', importing = '', untagged = '', unauthorized = ''] = seededKeys
  return [
    { ...common, count: 3, name: `${prefix}-web`, tags: { env: 'dev', app: 'web' } },
    { ...common, count: 2, name: `${prefix}-public`, publicIp: true, tags: { env: 'prod' } },
    { ...common, name: `${prefix}-eip`, eip: true },
    { ...common, name: `${prefix}-saved`, publicIp: true, status: 'Stopped', stoppedMode: 'StopCharging' },
    { ...common, count: 2, name: `${prefix}-off`, status: 'Stopped', tags: { env: 'dev', quote: `<"&'>` } },
    { ...common, name: `${prefix}-classic`, network: 'classic', publicIp: true },
    { ...common, name: `${prefix}-local-disks`, type: 'ecs.d1.2xlarge' },
    { ...common, name: `${prefix}-burstable`, type: 'ecs.t6-c1m2.large' },
    { ...common, count: 2, name: `${prefix}-prepaid`, chargeType: 'PrePaid', tags: { paid: 'month' } },
    { ...common, name: `${prefix}-prepaid-off`, chargeType: 'PrePaid', status: 'Stopped' },
    { ...common, name: `${prefix}-spot`, spot: true },
    { ...common, name: `${prefix}-spot-limit`, spot: { priceLimit: 0.5, duration: 1, interruption: 'Stop' } },
    {
      ...common,
      name: `${prefix}-spot-off`,
      spot: { priceLimit: 0.4 },
      status: 'Stopped',
      stoppedMode: 'StopCharging',
    },
    { ...common, name: `${prefix}-stubborn`, guest: { shutdown: 'ignore' } },
    { ...common, name: `${prefix}-managed`, managed: true },
    { ...common, name: `${prefix}-audit`, locks: ['security'] },
    { ...common, name: `${prefix}-owes`, locks: ['financial'], status: 'Stopped' },
    { ...common, name: `${prefix}-owes-on`, locks: ['financial'] },
    { ...common, name: `${prefix}-recycling`, locks: ['Recycling'], status: 'Stopped' },
    { ...common, name: `${prefix}-refunded`, locks: ['refunded'], chargeType: 'PrePaid' },
    { ...common, name: `${prefix}-host-owes`, locks: ['dedicatedhostfinancial'] },
    { ...common, name: `${prefix}-pending`, status: 'Pending' },
    { ...common, name: `${prefix}-starting`, status: 'Starting' },
    { ...common, name: `${prefix}-stopping`, status: 'Stopping' },
    { ...common, name: `${prefix}-key`, kmsKey: enabled },
    { ...common, name: `${prefix}-key-off`, kmsKey: disabled },
    { ...common, name: `${prefix}-key-off-stopped`, kmsKey: disabled, status: 'Stopped' },
    { ...common, name: `${prefix}-key-going`, kmsKey: pending },
    { ...common, name: `${prefix}-key-importing`, kmsKey: importing },
    { ...common, name: `${prefix}-key-untagged`, kmsKey: untagged },
    { ...common, name: `${prefix}-key-unauthorized`, kmsKey: unauthorized },
    { ...common, name: `${prefix}-key-gone`, kmsKey: 'nowhere', status: 'Stopped' },
  ]
}

/** The world that generated calls begin in: one account without limits, one that runs dry, one that owes and may not use KMS. */
export function richWorld(): SeedInput {
  const { localyun, second, third } = accounts
  const keysOf = (account: string, region: string) =>
    Object.values(keyKinds).map((kind, index) => Object.assign({ id: seededKeys[index] ?? '', account, region }, kind))
  return {
    accounts: [
      { id: localyun },
      {
        id: second,
        balance: 300,
        defaultEconomicalMode: true,
        accessKeys: [{ id: 'second', secret: 'second-secret' }],
      },
      {
        id: third,
        balance: -12.34,
        kms: 'closed',
        accessKeys: [
          { id: 'third', secret: 'third-secret' },
          { id: 'asleep', secret: 'asleep-secret', status: 'Inactive' },
        ],
      },
    ],
    kmsKeys: [
      ...keysOf(localyun, 'cn-hangzhou'),
      ...keysOf(localyun, 'cn-beijing'),
      ...keysOf(second, 'cn-hangzhou'),
      ...keysOf(third, 'cn-hangzhou'),
    ],
    stock: [
      { zone: 'cn-hangzhou-h', type: 'ecs.g7.large', available: 6 },
      { zone: 'cn-hangzhou-h', type: 'ecs.c7.xlarge', available: 2 },
      { zone: 'cn-hangzhou-i', type: 'ecs.r7.large', available: 0 },
    ],
    spotPrices: [
      { zone: 'cn-hangzhou-h', type: 'ecs.g7.large', price: 0.21 },
      { zone: 'cn-beijing-h', type: 'ecs.c7.xlarge', factor: 0.3 },
    ],
    traffic: [
      { region: 'cn-hangzhou', gib: 12 },
      { region: 'cn-beijing', bytes: 123_456_789 },
      { account: second, region: 'cn-hangzhou', gib: 300 },
    ],
    instances: [
      ...richInstances(localyun, 'cn-hangzhou', 'main'),
      ...richInstances(localyun, 'cn-beijing', 'north'),
      ...richInstances(second, 'cn-hangzhou', 'second'),
      ...richInstances(third, 'cn-hangzhou', 'third').slice(0, 12),
    ],
    eips: [
      { region: 'cn-hangzhou', name: 'spare', tags: { env: 'dev' } },
      { region: 'cn-hangzhou', internetChargeType: 'PayByBandwidth', bandwidth: 20 },
      { region: 'cn-beijing', name: 'north' },
      { account: second, region: 'cn-hangzhou', name: 'theirs' },
    ],
  }
}

/** What the operations' examples speak of. */
export function exampleWorld(action: string): SeedInput {
  return {
    accounts: [{ id: accounts.localyun, kms: action === 'OpenKmsService' ? 'not-activated' : 'open' }],
    kmsKeys: [
      { id: '1234abcd-12ab-34cd-56ef-000000000001', region: 'cn-hangzhou' },
      { id: '1234abcd-12ab-34cd-56ef-000000000002', region: 'cn-hangzhou', state: 'Disabled' },
      { id: '1234abcd-12ab-34cd-56ef-000000000003', region: 'cn-hangzhou', state: 'PendingDeletion' },
    ],
    traffic: [{ region: 'cn-hangzhou', gib: 1 }],
    instances: [
      { id: 'i-bp1example00000000001', region: 'cn-hangzhou', tags: { quote: `<"&'>` } },
      { id: 'i-bp1example00000000002', region: 'cn-hangzhou', publicIp: true },
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
  }
}
