import { getRegion } from '../../domain/catalogue/regions.ts'
import { defaultImageId } from '../../domain/catalogue/images.ts'
import { monthOf } from '../../domain/billing/ledger.ts'
import { cpuLayout, findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { unlimitedBalanceFen } from '../../domain/billing/arrears.ts'
import { ecsTags } from '../../domain/keys/keys.ts'
import { dayMs } from '../../domain/time.ts'
import type { Clock } from '../../platform/clock.ts'
import { findAccessKey, findAccount, putAccessKey, putAccount } from '../../store/tables/identity/accounts.ts'
import { findEip } from '../../store/tables/network/eips.ts'
import { listTakenIds } from '../../store/tables/instances/release.ts'
import { findSetting, putSetting } from '../../store/tables/world/settings.ts'
import { putStock } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'
import { putTraffic } from '../../store/tables/network/traffic.ts'
import type { ArrearsService } from '../billing/arrears.ts'
import type { CreationRequest, CreationService } from '../instances/creation.ts'
import type { EipService } from '../network/eips.ts'
import type { HostService } from '../hosts/hosts.ts'
import { createKey } from '../keys/keys.ts'
import { toSeconds } from '../billing/metering.ts'
import type { SpotMarket } from '../spot/market.ts'
import type { SeedDocument } from './seed-document.ts'

export type { SeedDocument } from './seed-document.ts'

/** A subscription that a seed makes ends this long from now, ms. */
const subscriptionMs = 30 * dayMs

export interface SeedServiceOptions {
  readonly clock: Clock
  readonly creation: CreationService
  readonly eips: EipService
  readonly market: SpotMarket
  readonly arrears: ArrearsService
  readonly defaultAccount: { readonly id: string; readonly accessKeyId: string; readonly secret: string }
  readonly hosts: HostService
}

type SeedAccount = SeedDocument['accounts'][number]

/** A seed names something that can't be; the message is for its author. */
export class SeedError extends Error {
  override readonly name = 'SeedError'
  /** Where in the document the mistake is. */
  readonly path: readonly (string | number)[]
  /** Which of several documents has it. */
  readonly seedIndex: number

  constructor(message: string, path: readonly (string | number)[], seedIndex = 0) {
    super(message)
    this.path = path
    this.seedIndex = seedIndex
  }
}

const refusalText = {
  'no-eip': 'The EIP is gone.',
  'no-instance': 'The account has no such instance.',
  'other-region': 'The instance is in another region.',
  'not-in-vpc': 'The instance is not in a VPC.',
  'eip-in-use': 'The EIP is bound already.',
  'instance-unsettled': 'The instance is neither Running nor Stopped.',
  'has-public-address': 'The instance has a static public address.',
  'has-eip': 'The instance has an EIP.',
} as const satisfies Record<Exclude<Awaited<ReturnType<EipService['associate']>>, 'done'>, string>

export class SeedService {
  readonly #options: SeedServiceOptions

  constructor(options: SeedServiceOptions) {
    this.#options = options
  }

  get defaultAccountId(): string {
    return this.#options.defaultAccount.id
  }

  /** Gives an empty store its default account and the seeds; false says it has been used and is left as it is. */
  async prepare(tx: Tx, seeds: readonly SeedDocument[]): Promise<boolean> {
    if ((await findSetting(tx, 'seeded')) !== undefined) return false
    const { id, accessKeyId, secret } = this.#options.defaultAccount
    await this.#addAccount(tx, { id, accessKeys: [] }, [])
    await putAccessKey(tx, { id: accessKeyId, accountId: id, secret, status: 'Active', policy: undefined })
    for (const [seedIndex, seed] of seeds.entries()) {
      try {
        await this.add(tx, seed)
      } catch (reason) {
        throw reason instanceof SeedError ? new SeedError(reason.message, reason.path, seedIndex) : reason
      }
    }
    await putSetting(tx, 'seeded', 'yes')
    return true
  }

  /** Adds what a document describes to what is there; returns the ids of the instances it made. */
  async add(tx: Tx, seed: SeedDocument): Promise<string[]> {
    if (seed.instances.length > 0 && (await this.#options.hosts.areReal(tx))) {
      throw new SeedError('A seed makes simulated machines only; make real ones with RunInstances.', ['instances'])
    }
    for (const [index, account] of seed.accounts.entries()) await this.#addAccount(tx, account, ['accounts', index])
    for (const [
      index,
      { account = this.#options.defaultAccount.id, region, ecsTag, ...key },
    ] of seed.kmsKeys.entries()) {
      await this.#requireAccount(tx, account, ['kmsKeys', index, 'account'])
      const tags = ecsTag ? ecsTags : {}
      await createKey(tx, { ...key, accountId: account, regionId: region, tags }, this.#options.clock.now())
    }
    for (const { zone: zoneId, type, available } of seed.stock) await putStock(tx, [{ zoneId, type, available }])
    await this.#addTraffic(tx, seed)
    const ids: string[] = []
    for (const [index, instance] of seed.instances.entries()) {
      const path = ['instances', index]
      await this.#requireAccount(tx, instance.account ?? this.#options.defaultAccount.id, [...path, 'account'])
      const [taken] = await listTakenIds(tx, instance.id === undefined ? [] : [instance.id])
      if (taken !== undefined) {
        throw new SeedError(`An instance ${taken} exists, or existed: give another id.`, [...path, 'id'])
      }
      ids.push(...(await this.#addInstances(tx, instance)))
    }
    for (const [index, eip] of seed.eips.entries()) await this.#addEip(tx, eip, ['eips', index])
    // After the instances: those whose limit is below have to go.
    for (const { zone: zoneId, type, ...price } of seed.spotPrices) {
      await this.#options.market.setPrice(tx, { zoneId, type }, price)
    }
    // What the instances have cost before is no part of it.
    for (const { id, balance } of seed.accounts) {
      if (balance === undefined) continue
      await this.#options.arrears.setBalance(tx, id, balance === null ? null : Math.round(balance * 100))
    }
    return ids
  }

  async #addEip(tx: Tx, seed: SeedDocument['eips'][number], path: readonly (string | number)[]): Promise<void> {
    const {
      account: accountId = this.#options.defaultAccount.id,
      region: regionId,
      instance,
      name = '',
      ...rest
    } = seed
    const { eips } = this.#options
    await this.#requireAccount(tx, accountId, [...path, 'account'])
    if (seed.id !== undefined && (await findEip(tx, seed.id)) !== undefined) {
      throw new SeedError(`An EIP ${seed.id} exists: give another id.`, [...path, 'id'])
    }
    const order = { ...rest, accountId, regionId, name, description: '', isp: 'BGP', resourceGroupId: '' }
    const { id } = await eips.allocate(tx, order)
    if (instance === undefined) return
    const outcome = await eips.associate(tx, { accountId, regionId, id }, instance)
    if (outcome !== 'done') throw new SeedError(refusalText[outcome], [...path, 'instance'])
  }

  async #addTraffic(tx: Tx, { traffic }: SeedDocument): Promise<void> {
    const { clock, defaultAccount } = this.#options
    for (const [index, { account, region: regionId, month, gib = 0, bytes }] of traffic.entries()) {
      const accountId = account ?? defaultAccount.id
      await this.#requireAccount(tx, accountId, ['traffic', index, 'account'])
      await putTraffic(tx, {
        accountId,
        regionId,
        month: month ?? monthOf(toSeconds(clock.now())),
        bytes: bytes ?? Math.round(gib * 1024 ** 3),
      })
    }
  }

  async #addAccount(tx: Tx, account: SeedAccount, path: readonly (string | number)[]): Promise<void> {
    const existing = await findAccount(tx, account.id)
    await putAccount(tx, {
      id: account.id,
      balanceFen: existing?.balanceFen ?? unlimitedBalanceFen,
      defaultEconomicalMode: account.defaultEconomicalMode ?? existing?.defaultEconomicalMode ?? false,
      kms: account.kms ?? existing?.kms ?? 'open',
    })
    for (const [index, key] of account.accessKeys.entries()) {
      const owner = (await findAccessKey(tx, key.id))?.key.accountId
      if (owner !== undefined && owner !== account.id) {
        throw new SeedError(`The access key ${key.id} belongs to the account ${owner}.`, [
          ...path,
          'accessKeys',
          index,
          'id',
        ])
      }
      await putAccessKey(tx, { ...key, policy: key.policy, accountId: account.id })
    }
  }

  async #requireAccount(tx: Tx, id: string, path: readonly (string | number)[]): Promise<void> {
    if ((await findAccount(tx, id)) === undefined) {
      throw new SeedError(`The account ${id} does not exist. List it under accounts first.`, path)
    }
  }

  async #addInstances(tx: Tx, seed: SeedDocument['instances'][number]): Promise<string[]> {
    // In portions, so that a large seed needs little memory.
    const ids: string[] = []
    for (let start = 0; start < seed.count; start += 1_000) {
      const portion = Math.min(1_000, seed.count - start)
      ids.push(...(await this.#options.creation.create(tx, this.#toRequest(seed, start, portion))))
    }
    return ids
  }

  #toRequest(seed: SeedDocument['instances'][number], start: number, portion: number): CreationRequest {
    const region = getRegion(seed.region)
    const type = findInstanceType(seed.type)
    if (type === undefined) throw new Error(`The seed was not validated: there is no type ${seed.type}.`)
    const spot = spotTermsOf(seed)
    const numbered = Array.from({ length: portion }, (_, index) =>
      seed.name === undefined || seed.count === 1 ? (seed.name ?? '') : `${seed.name}-${start + index + 1}`,
    )
    return {
      accountId: seed.account ?? this.#options.defaultAccount.id,
      region,
      zoneId: seed.zone ?? region.zones[0]?.id ?? '',
      type,
      imageId: defaultImageId,
      names: numbered,
      hostNames: [],
      ...(seed.id === undefined ? {} : { ids: [seed.id] }),
      chargeType: seed.chargeType,
      spotStrategy: spot.strategy,
      networkType: seed.network,
      internetChargeType: 'PayByTraffic',
      publicIp: seed.publicIp,
      eip: seed.eip,
      status: seed.status,
      stopMode: stopModeOf(seed),
      keyPairName: '',
      resourceGroupId: '',
      httpEndpoint: 'enabled',
      httpTokens: 'optional',
      tags: seed.tags,
      locks: seed.locks,
      managed: seed.managed,
      deletionProtection: false,
      guest: seed.guest,
      expiresAt: seed.chargeType === 'PrePaid' ? this.#options.clock.now() + subscriptionMs : null,
      autoReleaseAt: null,
      disks: [
        {
          kind: 'system',
          category: 'cloud_essd',
          performanceLevel: 'PL1',
          sizeGiB: 40,
          name: '',
          description: '',
          encrypted: seed.kmsKey !== undefined,
          kmsKeyId: seed.kmsKey ?? '',
          snapshotId: '',
          deleteWithInstance: true,
        },
      ],
      details: {
        description: '',
        internetMaxBandwidthOut: seed.publicIp ? 5 : 0,
        internetMaxBandwidthIn: 10,
        spotPriceLimit: spot.priceLimit,
        spotDuration: spot.duration,
        spotInterruptionBehavior: spot.interruption,
        creditSpecification: type.credits === undefined ? '' : 'Standard',
        cpu: cpuLayout(type),
        tenancy: '',
        affinity: '',
        deploymentSetId: '',
        ramRoleName: '',
        userData: '',
        renewal: { length: 1, unit: 'Month' },
      },
      by: 'seed',
    }
  }
}

function spotTermsOf({ spot }: SeedDocument['instances'][number]) {
  if (spot === false) return { strategy: 'NoSpot', priceLimit: 0, duration: 0, interruption: '' } as const
  const { priceLimit, duration, interruption } =
    spot === true ? { priceLimit: undefined, duration: 0, interruption: 'Terminate' } : spot
  if (priceLimit === undefined) return { strategy: 'SpotAsPriceGo', priceLimit: 0, duration, interruption } as const
  return { strategy: 'SpotWithPriceLimit', priceLimit, duration, interruption } as const
}

function stopModeOf(seed: SeedDocument['instances'][number]): CreationRequest['stopMode'] {
  if (seed.status !== 'Stopped' && seed.status !== 'Stopping') return null
  return seed.stoppedMode ?? 'KeepCharging'
}
