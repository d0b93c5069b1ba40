import type { EventPage } from '../control/routes/events.ts'
import type { ShownChange, ShownInstance } from '../control/routes/instances.ts'
import { sleep } from '../platform/clock.ts'
import { CommandFailure } from './command-failure.ts'
import { type ControlClient, connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { cutToWidth, formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

const pageSize = 1_000
/** A terminal is redrawn at most this often, */
const redrawEveryMs = 100
/** and at least this often, since locks, tags and a reset change without an event. */
const refreshEveryMs = 2_000

export interface InstancesFlags extends ControlFlags {
  readonly json?: boolean
  readonly watch?: boolean
}

export async function showInstances(flags: InstancesFlags): Promise<void> {
  const client = connect(flags)
  if (flags.watch === true && flags.json === true) throw new UsageError('--watch and --json exclude each other.')
  if (flags.watch === true) return process.stdout.isTTY ? watchTable(client) : watchLines(client)
  const instances = await readInstances(client)
  say(flags.json === true ? JSON.stringify({ instances }, undefined, 2) : describeInstances(instances))
}

export async function showInstance(id: string, flags: InstancesFlags): Promise<void> {
  if (flags.watch === true) throw new UsageError('--watch shows all instances; leave the id out.')
  const found = (await connect(flags).call('GET', `/instances/${encodeURIComponent(id)}`)) as {
    instance: ShownInstance | null
    timeline: ShownChange[]
  }
  if (flags.json === true) return say(JSON.stringify(found, undefined, 2))
  const { instance, timeline } = found
  say(instance === null ? `${id} was released.` : formatTable(describeFields(instance)))
  say('')
  say(
    formatTable([
      ['TIME', 'STATE', 'BY', 'WHY', 'REQUEST'],
      ...timeline.map(one => [one.at, one.state, one.actor, one.reason, one.requestId ?? '']),
    ]),
  )
}

async function readInstances(client: ControlClient): Promise<ShownInstance[]> {
  const instances: ShownInstance[] = []
  for (;;) {
    const after = instances.at(-1)?.seq ?? 0
    const page = (await client.call('GET', `/instances?limit=${pageSize}&after=${after}`)) as {
      instances: ShownInstance[]
    }
    instances.push(...page.instances)
    if (page.instances.length < pageSize) return instances
  }
}

function describeInstances(instances: readonly ShownInstance[]): string {
  if (instances.length === 0) return 'There are no instances.'
  // Only real machines have an address that leads anywhere.
  const areReal = instances.some(one => one.ssh !== null)
  const areApart = new Set(instances.flatMap(one => one.host?.id ?? [])).size > 1 || instances.some(isCutOff)
  return formatTable([
    [
      'NAME',
      'INSTANCE',
      'REGION',
      'TYPE',
      'STATUS',
      'STOPPED MODE',
      ...(areReal ? ['SSH'] : []),
      ...(areApart ? ['HOST'] : []),
      'LOCKS',
      'TAGS',
    ],
    ...instances.map(one => [
      // Who gives no name gets the id for one; once is enough.
      one.name === one.id ? '' : one.name,
      one.id,
      one.region,
      one.type,
      describeStatus(one),
      one.status === 'Stopped' ? one.stoppedMode : '',
      ...(areReal ? [one.ssh === null ? '' : `${one.ssh.host}:${one.ssh.port}`] : []),
      ...(areApart ? [describeHost(one)] : []),
      one.locks.join(','),
      describeTags(one),
    ]),
  ])
}

function isCutOff({ host }: ShownInstance): boolean {
  return typeof host?.awaySince === 'string'
}

function describeHost({ host }: ShownInstance): string {
  if (host === null) return ''
  return host.awaySince === null ? host.id : `${host.id} (away since ${host.awaySince})`
}

/** A reboot and a release do not show in the status. */
function describeStatus({ status, operation }: ShownInstance): string {
  return operation === 'reboot' || operation === 'release' ? `${status} (${operation})` : status
}

function describeTags({ tags }: ShownInstance): string {
  return Object.entries(tags)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(',')
}

function describeFields(one: ShownInstance): string[][] {
  const { guest } = one
  const fields = [
    ['Instance', one.id],
    ['Name', one.name],
    ['Account', one.account],
    ['Zone', one.zone],
    ['Type', one.type],
    ['Charge type', one.chargeType],
    ['Status', describeStatus(one)],
    ['Stopped mode', one.status === 'Stopped' ? one.stoppedMode : ''],
    ['Machine', one.machine],
    ['Guest', guest.seconds === undefined ? guest.shutdown : `${guest.shutdown}, ${guest.seconds} s`],
    ['Private address', one.privateIp ?? ''],
    ['Public address', one.publicIp || (one.eip ? `${one.eip} (${one.eipId})` : '')],
    ['SSH', one.ssh === null ? '' : `${one.ssh.host}:${one.ssh.port}`],
    ['Host', describeHost(one)],
    ['CPU credits', one.cpuCredits === null ? '' : String(one.cpuCredits)],
    ['Locks', one.locks.join(', ')],
    ['Tags', describeTags(one)],
  ]
  return fields.filter(([, value]) => value !== '')
}

/** In a pipe: the table once, and then a line for every change of state. */
async function watchLines(client: ControlClient): Promise<void> {
  const after = await lastEvent(client)
  say(describeInstances(await readInstances(client)))
  for await (const { data } of client.events('GET', `/events?after=${after}`)) {
    const { at, instanceId, state, actor, reason } = data as ShownChange
    say(`${at}  ${instanceId}  ${state.padEnd(8)}  ${actor}: ${reason}`)
  }
  throw streamEnded(client)
}

/** On a terminal: the table in its place, drawn anew when something changed. */
async function watchTable(client: ControlClient): Promise<void> {
  const after = await lastEvent(client)
  const over = new AbortController()
  let changed = Promise.withResolvers<void>()
  async function listen(): Promise<void> {
    for await (const _ of client.events('GET', `/events?after=${after}`)) changed.resolve()
    throw streamEnded(client)
  }
  async function draw(): Promise<void> {
    while (!over.signal.aborted) {
      changed = Promise.withResolvers()
      const lines = describeInstances(await readInstances(client)).split('\n')
      process.stdout.write(`\u001B[H\u001B[2J${fitScreen(lines)}\n`)
      await Promise.race([changed.promise, sleep(refreshEveryMs)])
      await sleep(redrawEveryMs)
    }
  }
  try {
    await Promise.race([listen(), draw()])
  } finally {
    over.abort()
  }
}

function fitScreen(lines: readonly string[]): string {
  // A terminal that does not tell its size says 0.
  const rows = process.stdout.rows > 0 ? process.stdout.rows : 24
  const columns = process.stdout.columns > 0 ? process.stdout.columns : 80
  const room = Math.max(rows - 2, 1)
  const shown = lines.length <= room ? lines : [...lines.slice(0, room), `  … and ${lines.length - room} more`]
  return shown.map(line => cutToWidth(line, columns)).join('\n')
}

/** The number of the newest event; 0 when there is none. */
async function lastEvent(client: ControlClient): Promise<number> {
  const { latest } = (await client.call('GET', '/events?after=latest')) as EventPage
  return latest
}

function streamEnded(client: ControlClient): CommandFailure {
  return new CommandFailure(`${client.url} ended the stream of events.`)
}
