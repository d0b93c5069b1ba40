import type EcsModule from '@alicloud/ecs20140526'
import type { App } from '../app.ts'
import { defaultAccount } from '../config.ts'
import { amountOf, toYuan } from '../domain/billing/money.ts'
import { totalOf } from '../domain/prices/rates.ts'
import { sleep } from '../platform/clock.ts'
import { seedDocument, type SeedInput } from '../services/world/seed-document.ts'
import { findInstance } from '../store/tables/instances/instances.ts'
import { listLastMeterRows, type MeterRow } from '../store/tables/billing/meter.ts'
import { CommandFailure } from './command-failure.ts'
import { say } from './say.ts'
import { readSettings } from './settings.ts'
import { start } from './serve.ts'
import { formatTable } from './table.ts'

const region = 'cn-hangzhou'
const pollEveryMs = 250
const retryEveryMs = 500
/** The demo gives up when a wait takes longer. */
const waitLimitMs = 60_000

/** A small fleet in which everything that a stop can meet is there once. */
const fleet: SeedInput = {
  accounts: [{ id: defaultAccount.id, balance: 500 }],
  instances: [
    { id: 'i-bp1demo0000000web01', name: 'web-1', region, type: 'ecs.g7.large', publicIp: true },
    { id: 'i-bp1demo0000000web02', name: 'web-2', region, type: 'ecs.g7.large' },
    { id: 'i-bp1demo0000000web03', name: 'web-3', region, type: 'ecs.g7.large', chargeType: 'PrePaid' },
    { id: 'i-bp1demo0000000cache', name: 'cache', region, type: 'ecs.i2.xlarge' },
    { id: 'i-bp1demo0000000audit', name: 'audit', region, type: 'ecs.c7.large', locks: ['security'] },
    { id: 'i-bp1demo0000000batch', name: 'batch', region, type: 'ecs.c7.large', status: 'Stopped' },
  ],
}

type Ecs = typeof EcsModule
type Sdk = InstanceType<Ecs['default']>

/** Starts a server, stops a batch through the official SDK over a real socket, and shows what happens. */
export async function demo(): Promise<void> {
  const ecs = await loadSdk()
  const settings = readSettings([
    { texts: { port: '0', store: 'memory:', logLevel: 'warn' }, origin: name => `--${name}` },
  ])
  const app = await start(settings, { seeds: [seedDocument.parse(fleet)] })
  try {
    await play(app, ecs, connect(app, ecs))
  } finally {
    await app.close()
  }
}

async function play(app: App, ecs: Ecs, sdk: Sdk): Promise<void> {
  const ids = (fleet.instances ?? []).map(instance => instance.id ?? '')
  const request = (fields: object) =>
    new ecs.StopInstancesRequest({ regionId: region, instanceId: ids, stoppedMode: 'StopCharging', ...fields })

  say(`A throw-away server listens at ${app.endpoint}; this talks to it through @alicloud/ecs20140526.\n`)
  say(await table(ecs, sdk))

  say('\nA dry run of stopping all six at once (AllTogether): nothing may stand in the way of any.')
  say(await outcomeOf(() => sdk.stopInstances(request({ dryRun: true }))))
  say('\nThe same for those that run and are not locked:')
  const free = ids.filter(id => !/audit|batch/.test(id))
  say(await outcomeOf(() => sdk.stopInstances(request({ dryRun: true, instanceId: free }))))

  say('\nStopping all six, each on its own (SuccessFirst), in economical mode:')
  const { body } = await sdk.stopInstances(request({ batchOptimization: 'SuccessFirst' }))
  for (const entry of body?.instanceResponses?.instanceResponse ?? []) {
    const change = entry.code === '200' ? `${entry.previousStatus} → ${entry.currentStatus}` : entry.code
    say(`  ${entry.instanceId}  ${change}`)
  }

  say('\nThe answer only means "accepted". Watching until the machines are off:')
  await watch(ecs, sdk, rows => rows.every(row => row.status !== 'Stopping'))
  say('\nOnly web-1 and web-2 are in economical mode: a subscription (web-3) and local disks (cache) cannot be,')
  say('and stop in standard mode without an error. web-1 has given its public address back:')
  say(await table(ecs, sdk))
  say(`\n${await savings(app, ids)}`)
  say('\nStopping one of them again is refused:')
  say(await outcomeOf(() => sdk.stopInstances(request({ instanceId: free.slice(0, 1) }))))

  say('\nStarting web-1 again. Right after an economical stop its capacity may still be on its way back:')
  const start = () =>
    sdk.startInstances(new ecs.StartInstancesRequest({ regionId: region, instanceId: free.slice(0, 1) }))
  let answer = await outcomeOf(start)
  while (answer.includes('Conflict')) {
    say(answer)
    await sleep(retryEveryMs)
    answer = await outcomeOf(start)
  }
  say(answer)
  await watch(ecs, sdk, rows => rows[0]?.status === 'Running')
  say('\nDone. Run your own with: npm start')
}

/** What economical mode takes off the bill just now, and what goes on. */
async function savings(app: App, ids: readonly string[]): Promise<string> {
  const rows = await app.store.transaction('read', async tx => {
    const instances = await Promise.all(ids.map(id => findInstance(tx, id)))
    return listLastMeterRows(
      tx,
      instances.flatMap(instance => instance?.seq ?? []),
    )
  })
  const economical = rows.filter(row => row.state === 'economical')
  const perHour = (rate: (row: MeterRow) => number) =>
    toYuan(
      amountOf(
        economical.reduce((sum, row) => sum + rate(row), 0),
        3600,
      ),
    ).toFixed(2)
  const saved = perHour(row => row.pausable)
  const kept = perHour(row => totalOf(row.rates))
  return `By an illustrative price list, off they save ${saved} CNY an hour; their disks go on costing ${kept}.`
}

interface Row {
  readonly name: string
  readonly id: string
  readonly type: string
  readonly status: string
  readonly stoppedMode: string
  readonly publicIp: string
  readonly note: string
}

async function readRows(ecs: Ecs, sdk: Sdk): Promise<Row[]> {
  const { body } = await sdk.describeInstances(new ecs.DescribeInstancesRequest({ regionId: region, pageSize: 100 }))
  const instances = body?.instances?.instance ?? []
  const rows = instances.map(one => ({
    name: one.instanceName ?? '',
    id: one.instanceId ?? '',
    type: one.instanceType ?? '',
    status: one.status ?? '',
    stoppedMode: one.stoppedMode ?? '',
    publicIp: one.publicIpAddress?.ipAddress?.[0] ?? '',
    note: [
      one.instanceChargeType === 'PrePaid' ? 'subscription' : '',
      (one.localStorageAmount ?? 0) > 0 ? 'local disks' : '',
      (one.operationLocks?.lockReason ?? []).length > 0 ? 'locked for security' : '',
    ].join(' '),
  }))
  // The service lists the newest first.
  return rows.reverse()
}

async function table(ecs: Ecs, sdk: Sdk): Promise<string> {
  return formatRows(await readRows(ecs, sdk))
}

function formatRows(rows: readonly Row[]): string {
  return formatTable([
    ['NAME', 'INSTANCE', 'TYPE', 'STATUS', 'STOPPED MODE', 'PUBLIC IP', ''],
    ...rows.map(row => [row.name, row.id, row.type, row.status, row.stoppedMode, row.publicIp, row.note.trim()]),
  ])
}

/** On a terminal the table is drawn over and over in its place; in a pipe each change of status is a line. */
async function watch(ecs: Ecs, sdk: Sdk, isOver: (rows: readonly Row[]) => boolean): Promise<void> {
  const live = process.stdout.isTTY
  const startedAt = performance.now()
  let before: readonly Row[] = []
  for (;;) {
    const rows = await readRows(ecs, sdk)
    if (live) {
      if (before.length > 0) process.stdout.write(`\u001B[${before.length + 1}A\u001B[0J`)
      say(formatRows(rows))
    } else {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      for (const [index, row] of rows.entries()) {
        if (row.status === before[index]?.status) continue
        say(`  ${seconds.padStart(4)} s  ${row.name}  ${row.status}  ${row.stoppedMode}`)
      }
    }
    before = rows
    if (isOver(rows)) return
    if (performance.now() - startedAt > waitLimitMs) {
      throw new CommandFailure(`The instances did not get there within ${waitLimitMs / 1000} s.`)
    }
    await sleep(pollEveryMs)
  }
}

/** What a call that is expected to fail answers, in one line. */
async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
    return '  accepted'
  } catch (reason) {
    const { code, statusCode, message } = reason as { code?: string; statusCode?: number; message?: string }
    if (code === undefined) throw reason
    const said = message?.replace(/^.*code: \d+, /, '').replace(/ request id: .*$/, '')
    return `  ${statusCode} ${code}: ${said}`
  }
}

function connect(app: App, ecs: Ecs): Sdk {
  const config = {
    accessKeyId: defaultAccount.accessKeyId,
    accessKeySecret: defaultAccount.secret,
    regionId: region,
    endpoint: `127.0.0.1:${app.port}`,
    protocol: 'http',
  }
  return new ecs.default(config as unknown as ConstructorParameters<Ecs['default']>[0])
}

/** The SDK is no part of localyun: a checkout has it, the published package does not. */
async function loadSdk(): Promise<Ecs> {
  try {
    return (await import('@alicloud/ecs20140526')).default
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw reason
    throw new CommandFailure('The demo needs the official SDK: npm install @alicloud/ecs20140526')
  }
}
