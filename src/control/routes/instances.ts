import { wholeNumber } from '../query.ts'
import { z } from 'zod'
import { lockReasons } from '../../domain/instances/types.ts'
import type { Services } from '../../services/services.ts'
import { guestBehaviour } from '../../services/world/seed-document.ts'
import { findInstance, type Instance, listAllInstances } from '../../store/tables/instances/instances.ts'
import { type Eip, loadEips } from '../../store/tables/network/eips.ts'
import { type Host, listHosts } from '../../store/tables/hosts/hosts.ts'
import { isAway } from '../../services/hosts/hosts.ts'
import { listEvents } from '../../store/tables/events.ts'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { creditsAt } from '../../domain/instances/burst-credits.ts'
import type { Tx } from '../../store/store.ts'
import { shownStopMode } from '../../domain/instances/economical-mode.ts'
import type { ControlContext } from '../context.ts'
import { ControlError, defineRoute } from '../route.ts'

export const instanceRoutes = [
  defineRoute({
    method: 'GET',
    path: '/instances',
    summary: 'Every instance of every account and region, oldest first, in pages.',
    query: { after: 'only instances with a greater seq', limit: 'at most this many; 1 to 1000, default 100' },
    async handle({ store, clock, services: { machines } }, { query }) {
      const after = wholeNumber(query, 'after', 0, 0)
      const limit = wholeNumber(query, 'limit', 100, 1, 1000)
      const instances = await store.transaction('read', async tx =>
        describe(tx, await listAllInstances(tx, { after, limit }), { now: clock.now(), machines }),
      )
      return { json: { instances } }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/instances/{id}',
    summary: 'One instance with its timeline: every change of state, by whom and why.',
    async handle({ store, clock, services: { machines } }, { param }) {
      const id = param('id')
      const [instance, timeline] = await store.transaction('read', async tx => {
        const found = await findInstance(tx, id)
        const [described = null] =
          found === undefined ? [] : await describe(tx, [found], { now: clock.now(), machines })
        return [described, await listEvents(tx, { after: 0, limit: 1000, instanceId: id })] as const
      })
      if (instance === null && timeline.length === 0) throw new ControlError(404, `There is no instance ${id}.`)
      return { json: { instance, timeline: timeline.map(inWords) } }
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/instances/{id}/locks/{reason}',
    summary: 'Locks an instance.',
    handle: (context, { param }) => changeLock(context, param('id'), param('reason'), true),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/instances/{id}/locks/{reason}',
    summary: 'Takes a lock away.',
    handle: (context, { param }) => changeLock(context, param('id'), param('reason'), false),
  }),
  defineRoute({
    method: 'PUT',
    path: '/instances/{id}/guest',
    summary: 'How the guest answers a shutdown from now on; a stop that is under way follows it too.',
    body: guestBehaviour,
    async handle({ store, services }, { param, body }) {
      const id = param('id')
      const done = await store.transaction('write', tx => services.instances.setGuest(tx, id, body))
      if (!done) throw new ControlError(404, `There is no instance ${id}.`)
      return { json: {} }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/instances/{id}/guest/poweroff',
    summary: 'Shuts a running guest down from inside.',
    body: z.strictObject({}),
    async handle({ store, services }, { param }) {
      const id = param('id')
      const instance = await store.transaction('write', async tx => {
        const found = await findInstance(tx, id)
        if (typeof found?.hostId === 'string') {
          throw new ControlError(409, 'The machine is real: only the guest itself can shut down from inside.')
        }
        if (found !== undefined) await services.instances.observePoweredOff(tx, found.accountId, id)
        return found
      })
      if (instance === undefined) throw new ControlError(404, `There is no instance ${id}.`)
      if (instance.status !== 'Running') {
        throw new ControlError(409, `${id} is ${instance.status}; only the guest of a Running instance can shut down.`)
      }
      return { json: {} }
    },
  }),
]

async function changeLock({ store, services }: ControlContext, id: string, reason: string, locked: boolean) {
  const lock = lockReasons.find(known => known === reason)
  if (lock === undefined)
    throw new ControlError(404, `There is no lock "${reason}". There are ${lockReasons.join(', ')}.`)
  const locks = await store.transaction('write', tx => services.instances.setLock(tx, id, lock, locked))
  if (locks === undefined) throw new ControlError(404, `There is no instance ${id}.`)
  return { json: { locks } }
}

interface Surroundings {
  /** Instance time, ms. */
  readonly now: number
  readonly machines: Services['machines']
}

async function describe(tx: Tx, instances: readonly Instance[], surroundings: Surroundings) {
  const eips = await loadEips(tx, instances)
  const arePlaced = instances.some(instance => instance.hostId !== null)
  const hosts = new Map(arePlaced ? (await listHosts(tx)).map(host => [host.id, host]) : [])
  return instances.map(instance =>
    Object.assign(describeOne(instance, eips, surroundings), { host: describeHost(instance.hostId, hosts) }),
  )
}

export type ShownInstance = Awaited<ReturnType<typeof describe>>[number]

/** Where a machine is; null for a simulated one. */
function describeHost(id: string | null, hosts: ReadonlyMap<string, Host>) {
  if (id === null) return null
  const host = hosts.get(id)
  const awaySince = host !== undefined && isAway(host) ? new Date(host.seenUntil).toISOString() : null
  return { id, address: host?.address ?? '', awaySince }
}

function describeOne(instance: Instance, eips: ReadonlyMap<string, Eip>, { now, machines }: Surroundings) {
  return {
    seq: instance.seq,
    id: instance.id,
    name: instance.name,
    account: instance.accountId,
    region: instance.regionId,
    zone: instance.zoneId,
    type: instance.type,
    status: instance.status,
    stoppedMode: shownStopMode(instance),
    operation: instance.operation,
    intent: { power: instance.intentPower, by: instance.intentBy, at: new Date(instance.intentAt).toISOString() },
    machine: instance.machinePower,
    chargeType: instance.chargeType,
    privateIp: instance.privateIp,
    publicIp: instance.publicIp,
    eip: instance.eip,
    eipId: eips.get(instance.eip)?.id ?? '',
    /** Where its host reaches its SSH; only the host itself tells. */
    ssh: machines?.sshAddress(instance.id) ?? null,
    tags: instance.tags,
    locks: instance.locks,
    /** Of a burstable type, when its guest is idle; the real API shows them through CloudMonitor only. */
    cpuCredits: creditsAt(instance, findInstanceType(instance.type), now) ?? null,
    guest: instance.guest,
  }
}

export type ShownChange = ReturnType<typeof inWords>

export function inWords(change: Awaited<ReturnType<typeof listEvents>>[number]) {
  const { at, requestId, instanceSeq: _, ...rest } = change
  return { ...rest, at: new Date(at).toISOString(), requestId: requestId === '' ? null : requestId }
}
