import sql, { empty, type Sql } from 'sql-template-tag'
import type { RenewalStatus, SubscriptionPeriod } from '../../../domain/billing/subscription.ts'
import type {
  ChargeType,
  Guest,
  InstanceStatus,
  LockReason,
  NetworkType,
  OperationInFlight,
  SpotStrategy,
  StopMode,
} from '../../../domain/instances/types.ts'
import { flag, json, lazyJson, named, nullable, number, revisionOfRow, text, textOf } from '../../columns.ts'
import { createRandom } from '../../../platform/random.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

export type Power = 'on' | 'off'

/** What no query asks for. */
export interface InstanceDetails {
  readonly cpu: { readonly coreCount: number; readonly threadsPerCore: number }
  readonly tenancy: string
  readonly affinity: string
  readonly hostName: string
  readonly description: string
  readonly internetMaxBandwidthOut: number
  readonly internetMaxBandwidthIn: number
  readonly spotPriceLimit: number
  readonly spotDuration: number
  readonly spotInterruptionBehavior: string
  readonly creditSpecification: string
  readonly networkInterfaceId: string
  readonly macAddress: string
  readonly serialNumber: string
  readonly deploymentSetId: string
  readonly ramRoleName: string
  readonly userData: string
  readonly disks: readonly DiskDetails[]
  /** What an automatic renewal buys. */
  readonly renewal: SubscriptionPeriod
}

export interface DiskDetails {
  readonly id: string
  readonly kind: 'system' | 'data'
  readonly category: string
  readonly performanceLevel: string
  readonly sizeGiB: number
  readonly name: string
  readonly description: string
  readonly encrypted: boolean
  readonly kmsKeyId: string
  readonly snapshotId: string
  readonly deleteWithInstance: boolean
}

/** Everything kept of instances. Times are instance time in ms; absent addresses and ids are empty text. */
export const instances = table('instances', {
  /** Grows with every instance made; newest first is by this. */
  seq: number,
  id: text,
  accountId: text,
  regionId: text,
  zoneId: text,
  name: text,
  status: textOf<InstanceStatus>(),
  operation: nullable(textOf<OperationInFlight>()),
  stopMode: nullable(textOf<StopMode>()),
  /** What the user wants of the machine, who said so (a request id or `localyun`), and when. */
  intentPower: textOf<Power>(),
  intentBy: text,
  intentAt: number,
  /** What the machine was last seen to do. */
  machinePower: textOf<Power>(),
  type: text,
  family: text,
  imageId: text,
  networkType: textOf<NetworkType>(),
  chargeType: textOf<ChargeType>(),
  spotStrategy: textOf<SpotStrategy>(),
  internetChargeType: text,
  vpcId: text,
  vSwitchId: named('vswitch_id', text),
  securityGroupIds: json<readonly string[]>(),
  privateIp: text,
  publicIp: text,
  /** An economical stop has taken its static public address; the next start brings another. */
  regainsPublicIp: flag,
  /** The address of the EIP it has; the rest is in the EIP's own row. */
  eip: text,
  keyPairName: text,
  resourceGroupId: text,
  httpEndpoint: text,
  httpTokens: text,
  tags: json<Readonly<Record<string, string>>>(),
  locks: json<readonly LockReason[]>(),
  kmsKeyIds: json<readonly string[]>(),
  /** Belongs to another cloud product, which alone may stop or release it. */
  managed: flag,
  deletionProtection: flag,
  guest: json<Guest>(),
  createdAt: number,
  startedAt: nullable(number),
  /** When a subscription ends; null for pay-as-you-go. */
  expiresAt: nullable(number),
  autoReleaseAt: nullable(number),
  /** The platform is going to reboot it, unless its user reboots or stops it before. */
  rebootPlanned: flag,
  /** See CreditFacts; of no meaning for types without CPU credits. */
  creditsSince: number,
  /** Of a subscription; empty for pay-as-you-go. */
  renewalStatus: textOf<RenewalStatus | ''>(),
  /** When the platform deals with the end of the subscription next; null for pay-as-you-go. */
  expiryDueAt: nullable(number),
  /** Whether it was on when its subscription ended; null while that has not come. */
  beforeExpiry: nullable(textOf<Power>()),
  /** The host that has its machine; null for a simulated one. */
  hostId: nullable(text),
  details: lazyJson<InstanceDetails>(),
  /** Another after every change of the row, whatever has changed, so that what was made from a row can be kept by it. */
  revision: revisionOfRow,
})

/** An accessor, which the type says too: a copy `{ ...instance }` is without it. */
declare abstract class HasDetails {
  abstract get details(): InstanceDetails
}

export interface Instance extends Omit<Row<typeof instances>, 'details'>, HasDetails {}

export async function insertInstances(tx: Tx, rows: readonly Instance[]): Promise<void> {
  await instances.insert(tx, rows)
}

/**
 * For rows that were not there before under these numbers: begins their revisions at a number that nobody can have seen, so
 * that none comes back with other contents.
 */
export async function restartRevisions(tx: Tx): Promise<void> {
  const start = Math.floor(createRandom(undefined, 'revisions').next() * 2 ** 52)
  await tx.run(sql`update instances set revision = ${start}`)
}

/** An instance by id, whichever account and region it belongs to. */
export function findInstance(tx: Tx, id: string): Promise<Instance | undefined> {
  return instances.all.find(tx, sql`where id = ${id}`)
}

/** As findInstance; the row stays locked. */
export function lockInstance(tx: Tx, id: string): Promise<Instance | undefined> {
  return instances.all.find(tx, sql`where id = ${id} ${tx.dialect.forUpdate}`)
}

/** Those of `ids` that the account has, in any region, in no particular order; the rows stay locked. */
export async function lockInstances(tx: Tx, accountId: string, ids: readonly string[]): Promise<Instance[]> {
  if (ids.length === 0) return []
  return instances.all.list(tx, sql`where ${ofAccount(tx, accountId, ids)} order by id ${lock(tx)}`)
}

/** Instances by their numbers, those that were released left out. */
export function listInstancesByNumber(tx: Tx, numbers: readonly number[]): Promise<Instance[]> {
  return instances.all.list(tx, sql`where ${tx.dialect.oneOf(sql`seq`, numbers)} order by seq`)
}

/** Instances of every account and region, oldest first. */
export function listAllInstances(tx: Tx, page: { after: number; limit: number }): Promise<Instance[]> {
  return instances.all.list(tx, sql`where seq > ${page.after} order by seq limit ${page.limit}`)
}

const tagsById = instances.select('id', 'tags')

/** The tags of those of `ids` that the account has, by id. */
export async function listTags(
  tx: Tx,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, Readonly<Record<string, string>>>> {
  if (ids.length === 0) return new Map()
  const rows = await tagsById.list(tx, sql`where ${ofAccount(tx, accountId, ids)}`)
  return new Map(rows.map(row => [row.id, row.tags]))
}

/** Those of `ids` that the account has. */
export function ofAccount(tx: Tx, accountId: string, ids: readonly string[]): Sql {
  return sql`${tx.dialect.oneOf(sql`id`, ids)} and ${unindexed(sql`account_id`)} = ${accountId}`
}

/**
 * The column as an expression, for which no index is used. Where ids are given, the planner must find the rows by
 * them: it has no statistics and would rather read every row of the account.
 */
export function unindexed(column: Sql): Sql {
  return sql`coalesce(${column}, '')`
}

/** For the end of a SELECT: who reads only locks nothing. */
export function lock(tx: Tx): Sql {
  return tx.mode === 'write' ? tx.dialect.forUpdate : empty
}
