import type { ComputeDriver } from '../../compute/driver.ts'
import { totalOf } from '../../domain/prices/rates.ts'
import type { RenewalStatus } from '../../domain/billing/subscription.ts'
import type { InstanceType } from '../../domain/catalogue/instance-types.ts'
import type { Region } from '../../domain/catalogue/regions.ts'
import { usualBandwidth } from '../../domain/network/eip.ts'
import type {
  ChargeType,
  Guest,
  InstanceStatus,
  LockReason,
  NetworkType,
  OperationInFlight,
  SpotStrategy,
  StopMode,
} from '../../domain/instances/types.ts'
import { newJob } from './power.ts'
import type { InstanceEffect } from '../../domain/faults/rule.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Eip } from '../../store/tables/network/eips.ts'
import {
  type DiskDetails,
  type Instance,
  type InstanceDetails,
  insertInstances,
} from '../../store/tables/instances/instances.ts'
import { listTakenAddresses } from '../../store/tables/instances/placement.ts'
import { takeNumbers } from '../../store/tables/world/counters.ts'
import { putJobs } from '../../store/tables/instances/jobs.ts'
import { changeStock } from '../../store/tables/instances/stock.ts'
import { putStaleViews, type StaleView } from '../../store/tables/instances/stale-views.ts'
import type { Tx } from '../../store/store.ts'
import { findRoom } from './capacity.ts'
import type { EipOrder, EipService } from '../network/eips.ts'
import type { EventLog } from '../events/events.ts'
import type { FaultRules } from '../faults/faults.ts'
import type { HostService } from '../hosts/hosts.ts'
import type { Metering } from '../billing/metering.ts'
import { defaultNetwork, macAddressFor, takePrivateAddresses, takePublicAddresses } from '../network/network.ts'

export interface CreationServiceOptions {
  readonly clock: Clock
  readonly driver: ComputeDriver
  readonly random: Random
  /** As InstanceServiceOptions. */
  readonly graceMs: number
  readonly events: EventLog
  readonly faults: FaultRules
  readonly meter: Metering
  readonly hosts: HostService
  readonly eips: EipService
}

/** A checked order for instances that differ in nothing but id, name and addresses. */
export interface CreationRequest {
  readonly accountId: string
  readonly region: Region
  readonly zoneId: string
  readonly type: InstanceType
  readonly imageId: string
  /** One per instance. */
  readonly names: readonly string[]
  /** One per instance; empty makes one up. */
  readonly hostNames: readonly string[]
  /** Given ids, one per instance; made up when absent. */
  readonly ids?: readonly string[]
  /** Private addresses, one per instance; the next free ones when absent. */
  readonly privateIps?: readonly string[]
  /** As few as this will do when the zone has no room for all; all of them when absent. */
  readonly minAmount?: number | undefined
  readonly chargeType: ChargeType
  readonly spotStrategy: SpotStrategy
  readonly networkType: NetworkType
  readonly internetChargeType: string
  /** A static public address. */
  readonly publicIp: boolean
  readonly eip: boolean
  readonly status: InstanceStatus
  readonly stopMode: StopMode | null
  /** Stays off once it is made, until somebody starts it. */
  readonly staysOff?: boolean
  readonly keyPairName: string
  readonly resourceGroupId: string
  readonly httpEndpoint: string
  readonly httpTokens: string
  readonly tags: Readonly<Record<string, string>>
  readonly locks: readonly LockReason[]
  readonly managed: boolean
  readonly deletionProtection: boolean
  readonly guest: Guest
  /** Instance time, ms; null for pay-as-you-go. */
  readonly expiresAt: number | null
  /** Of a subscription; default Normal. */
  readonly renewalStatus?: RenewalStatus
  readonly autoReleaseAt: number | null
  readonly disks: readonly NewDisk[]
  readonly details: Omit<InstanceDetails, 'hostName' | 'networkInterfaceId' | 'macAddress' | 'serialNumber' | 'disks'>
  /** The request id, or `seed`. */
  readonly by: string
  /** The operation, for the log of events. */
  readonly action?: string
}

export type NewDisk = Omit<DiskDetails, 'id'>

/** What an instance that is found in a passing status is in the middle of. */
const operationIn = { Pending: 'provision', Starting: 'start', Stopping: 'stop', Running: null, Stopped: null } as const

/** Makes instances, for RunInstances, CreateInstance and seeds. */
export class CreationService {
  readonly #options: CreationServiceOptions

  constructor(options: CreationServiceOptions) {
    this.#options = options
  }

  /** Writes the instances, and the jobs that bring those in a passing status to its end; returns their ids. */
  async create(tx: Tx, request: CreationRequest): Promise<string[]> {
    const { random, clock } = this.#options
    const hostIds = await this.#takeRoom(tx, request)
    const count = hostIds.length
    const names = request.names.slice(0, count)
    const now = clock.now()
    const place = { accountId: request.accountId, region: request.region, zoneId: request.zoneId }
    const privateIps = request.privateIps ?? (await this.#takeFreeAddresses(tx, place, count))
    // What an economical stop has taken comes back with the next start.
    const regainsPublicIp = request.publicIp && request.status === 'Stopped' && request.stopMode === 'StopCharging'
    const publicIps = request.publicIp && !regainsPublicIp ? await takePublicAddresses(tx, count) : []
    const newId = (kind: string) => `${kind}-${request.region.idPrefix}${random.token(17)}`
    const common = this.#commonPart(request, now)
    const firstSeq = 1 + (await takeNumbers(tx, 'instances', count))
    const eips = request.eip ? await this.#options.eips.prepare(tx, eipFor(request), count) : []
    const toInstance = (name: string, index: number): Instance => {
      const id = request.ids?.[index] ?? newId('i')
      const privateIp = privateIps[index] ?? ''
      return {
        ...common,
        id,
        seq: firstSeq + index,
        name: name === '' ? id : name,
        privateIp,
        publicIp: publicIps[index] ?? '',
        regainsPublicIp,
        eip: eips[index]?.address ?? '',
        hostId: hostIds[index] ?? null,
        kmsKeyIds: [...new Set(request.disks.map(disk => disk.kmsKeyId).filter(key => key !== ''))],
        details: {
          ...request.details,
          hostName: request.hostNames[index] || defaultHostName(id),
          networkInterfaceId: newId('eni'),
          macAddress: macAddressFor(privateIp),
          serialNumber: random.uuid().toLowerCase(),
          disks: request.disks.map(disk => ({ ...disk, id: newId('d') })),
        },
        revision: 0,
      }
    }
    const instances = names.map(toInstance)
    await insertInstances(tx, instances)
    await this.#options.meter.open(tx, instances)
    await this.#options.eips.open(
      tx,
      eips.map((eip, index) => bound(eip, instances[index])),
    )
    const effects = await this.#meetFaults(tx, instances, request)
    await this.#addJobs(tx, instances, request.by, effects)
    await this.#hide(tx, instances, effects)
    await this.#recordCreation(tx, instances, request)
    const endsAt = request.autoReleaseAt ?? request.expiresAt
    if (endsAt !== null) tx.notifyDue(endsAt)
    return instances.map(instance => instance.id)
  }

  /** What one of these instances costs as a subscription, fen. */
  priceOf(request: CreationRequest): number {
    const { type, disks, details, expiresAt } = request
    const facts = { ...request, type: type.id, details: { ...details, disks } }
    return totalOf(this.#options.meter.priceOf(facts, (expiresAt ?? 0) - this.#options.clock.now()))
  }

  /** Takes capacity for new instances and returns the host of each; a seed describes what is there already, simulated. */
  async #takeRoom(tx: Tx, { by, names, minAmount = names.length, ...request }: CreationRequest) {
    if (by === 'seed') return names.map(() => null)
    const { zoneId, type, imageId } = request
    const place = { zoneId, type: type.id }
    const wanted = { wanted: names.length, atLeast: minAmount, imageId }
    const hostIds = await findRoom(tx, place, wanted, this.#options.hosts)
    await changeStock(tx, place, -hostIds.length)
    return hostIds
  }

  /** The next addresses, passing over those that somebody asked for by name. */
  async #takeFreeAddresses(tx: Tx, place: { accountId: string; region: Region; zoneId: string }, count: number) {
    const free: string[] = []
    while (free.length < count) {
      const addresses = await takePrivateAddresses(tx, place, count - free.length)
      const taken = await listTakenAddresses(tx, { ...place, addresses })
      free.push(...addresses.filter(address => !taken.has(address)))
    }
    return free
  }

  async #recordCreation(tx: Tx, instances: readonly Instance[], request: CreationRequest): Promise<void> {
    const seeded = request.by === 'seed'
    const origin = {
      accountId: request.accountId,
      regionId: request.region.id,
      state: 'Created',
      actor: seeded ? 'seed' : 'api',
      requestId: seeded ? '' : request.by,
      reason: request.action ?? 'seed',
    } as const
    await this.#options.events.record(
      tx,
      instances.map(({ id, seq, createdAt }) =>
        Object.assign({ instanceId: id, instanceSeq: seq, at: createdAt }, origin),
      ),
    )
  }

  #commonPart(request: CreationRequest, now: number) {
    const network = defaultNetwork(request.accountId, request.region)
    const inVpc = request.networkType === 'vpc'
    const off = request.status === 'Stopped' || request.status === 'Stopping' || request.staysOff === true
    const operation: OperationInFlight | null = operationIn[request.status]
    return {
      accountId: request.accountId,
      regionId: request.region.id,
      zoneId: request.zoneId,
      type: request.type.id,
      family: request.type.family,
      imageId: request.imageId,
      status: request.status,
      operation,
      stopMode: request.stopMode,
      intentPower: off ? ('off' as const) : ('on' as const),
      intentBy: request.by,
      intentAt: now,
      machinePower: request.status === 'Running' || request.status === 'Stopping' ? ('on' as const) : ('off' as const),
      chargeType: request.chargeType,
      spotStrategy: request.spotStrategy,
      networkType: request.networkType,
      internetChargeType: request.internetChargeType,
      vpcId: inVpc ? network.vpcId : '',
      vSwitchId: inVpc ? (network.vSwitchIds.get(request.zoneId) ?? '') : '',
      securityGroupIds: [network.securityGroupId],
      keyPairName: request.keyPairName,
      resourceGroupId: request.resourceGroupId,
      httpEndpoint: request.httpEndpoint,
      httpTokens: request.httpTokens,
      tags: request.tags,
      locks: request.locks,
      managed: request.managed,
      deletionProtection: request.deletionProtection,
      guest: request.guest,
      createdAt: now,
      startedAt: request.status === 'Pending' || request.status === 'Starting' ? null : now,
      expiresAt: request.expiresAt,
      autoReleaseAt: request.autoReleaseAt,
      rebootPlanned: false,
      creditsSince: now,
      renewalStatus: request.chargeType === 'PrePaid' ? (request.renewalStatus ?? ('Normal' as const)) : ('' as const),
      expiryDueAt: request.expiresAt,
      beforeExpiry: null,
    }
  }

  /** What fault rules have in store for new instances, by id; those of a seed meet none. */
  async #meetFaults(tx: Tx, instances: readonly Instance[], { by, region, accountId, tags }: CreationRequest) {
    const { faults } = this.#options
    const effects = new Map<string, InstanceEffect>()
    if (by === 'seed' || !faults.concernsInstances) return effects
    for (const [place, { id: instanceId }] of instances.entries()) {
      const target = {
        action: 'RunInstances',
        order: 'create',
        region: region.id,
        accountId,
        instanceId,
        tags,
      } as const
      // By its place: an order that is run again gives other ids.
      const effect = await tx.once(`fault of creation ${place}`, () => faults.triggerForInstance(target))
      if (effect !== undefined) effects.set(instanceId, effect)
    }
    return effects
  }

  /** Keeps new instances out of queries for as long as a fault rule says. */
  async #hide(tx: Tx, instances: readonly Instance[], effects: ReadonlyMap<string, InstanceEffect>): Promise<void> {
    const now = this.#options.clock.now()
    const views = instances.flatMap(({ id, seq: instanceSeq }): StaleView[] => {
      const effect = effects.get(id)
      if (effect?.kind !== 'stale') return []
      return [{ instanceSeq, until: now + effect.seconds * 1000, status: null, stopMode: null }]
    })
    await putStaleViews(tx, views, now)
  }

  async #addJobs(
    tx: Tx,
    instances: readonly Instance[],
    requestId: string,
    effects: ReadonlyMap<string, InstanceEffect>,
  ): Promise<void> {
    const { driver, clock, graceMs } = this.#options
    const order = { at: clock.now(), force: false, graceMs, requestId }
    const jobs = instances.flatMap(instance =>
      instance.operation === null
        ? []
        : [newJob(driver, instance.operation, instance, { ...order, effect: effects.get(instance.id) })],
    )
    if (jobs.length === 0) return
    await putJobs(tx, jobs)
    const dueAt = Math.min(...jobs.map(job => job.dueAt))
    const elsewhere = jobs.some(job => job.hostId !== null)
    tx.notifyDue(dueAt, elsewhere)
  }
}

/** What an instance of a seed gets. */
function eipFor({ accountId, region, resourceGroupId }: CreationRequest): EipOrder {
  return {
    accountId,
    regionId: region.id,
    name: '',
    description: '',
    bandwidth: usualBandwidth,
    internetChargeType: 'PayByTraffic',
    isp: 'BGP',
    resourceGroupId,
    tags: {},
  }
}

function bound(eip: Eip, instance: Instance | undefined): Eip {
  return { ...eip, instanceSeq: instance?.seq ?? null, instanceId: instance?.id ?? '' }
}

/** As the real service: `iZ` and the id without its prefix, `Z` at the end. */
function defaultHostName(id: string): string {
  return `iZ${id.slice(2)}Z`
}
