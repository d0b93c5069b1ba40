import { z } from 'zod'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { findRegion, findZone } from '../../domain/catalogue/regions.ts'
import { internetChargeTypes, maxBandwidth, usualBandwidth } from '../../domain/network/eip.ts'
import {
  chargeTypes,
  instanceStatuses,
  kmsKeyStates,
  kmsServiceStates,
  lockReasons,
  networkTypes,
  stopModes,
} from '../../domain/instances/types.ts'

const name = z.string().min(1).max(128)
const accountId = z.string().regex(/^\d{5,20}$/, 'an account id is 5 to 20 digits, in quotes')
const region = z.string().refine(id => findRegion(id) !== undefined, 'there is no such region')
const zone = z.string().refine(id => findZone(id) !== undefined, 'there is no such zone')
const type = z.string().refine(id => findInstanceType(id) !== undefined, 'there is no such instance type')
const instanceId = z
  .string()
  .regex(/^i-[a-z0-9]{8,32}$/, 'an instance id is i- and 8 to 32 lower-case letters and digits')
const texts = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform(value => (typeof value === 'string' ? [value] : value))

const policyStatement = z.strictObject({
  effect: z.enum(['Allow', 'Deny']),
  action: texts,
  resource: texts.default(['*']),
})

const accessKey = z.strictObject({
  id: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'an access key id is 1 to 128 letters, digits, dots, hyphens and underscores'),
  secret: z.string().min(1),
  status: z.enum(['Active', 'Inactive']).default('Active'),
  policy: z.array(policyStatement).optional(),
})

const account = z.strictObject({
  id: accountId,
  balance: z.number().multipleOf(0.01).nullable().optional(),
  defaultEconomicalMode: z.boolean().optional(),
  kms: z.enum(kmsServiceStates).optional(),
  accessKeys: z.array(accessKey).default([]),
})

const kmsKey = z.strictObject({
  id: name,
  account: accountId.optional(),
  region,
  state: z.enum(kmsKeyStates).default('Enabled'),
  ecsTag: z.boolean().default(true),
  ecsAuthorized: z.boolean().default(true),
})

const stock = z.strictObject({
  zone,
  type,
  available: z.number().int().min(0).nullable(),
})

/** What the market asks for spot instances: CNY an hour, or a part of the list price. */
export const newSpotPrice = z.union(
  [z.strictObject({ price: z.number().min(0).max(100_000) }), z.strictObject({ factor: z.number().min(0).max(10) })],
  'give price (CNY an hour) or factor (part of the list price)',
)
const spotPrice = z.union(
  [
    z.strictObject({ zone, type, price: z.number().min(0).max(100_000) }),
    z.strictObject({ zone, type, factor: z.number().min(0).max(10) }),
  ],
  'give zone, type, and price (CNY an hour) or factor (part of the list price)',
)

const spotTerms = z.strictObject({
  /** CNY an hour; without it, whatever the market asks. */
  priceLimit: z.number().min(0).max(100_000).optional(),
  /** Hours. */
  duration: z.number().int().min(0).max(6).default(0),
  interruption: z.enum(['Terminate', 'Stop']).default('Terminate'),
})
const traffic = z
  .strictObject({
    account: accountId.optional(),
    region,
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month is written like 2026-09, in quotes')
      .optional(),
    gib: z.number().min(0).max(8_000_000).optional(),
    bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  })
  .refine(one => (one.gib === undefined) !== (one.bytes === undefined), 'give either gib or bytes')

/** How a guest answers the power button. */
export const guestBehaviour = z.union([
  z.strictObject({ shutdown: z.enum(['prompt', 'ignore']) }),
  z.strictObject({ shutdown: z.literal('slow'), seconds: z.number().int().min(1).max(86_400).default(60) }),
])

const instance = z
  .strictObject({
    count: z.number().int().min(1).max(1_000_000).default(1),
    id: instanceId.optional(),
    name: name.optional(),
    account: accountId.optional(),
    region,
    zone: zone.optional(),
    type: type.default('ecs.g7.large'),
    chargeType: z.enum(chargeTypes).default('PostPaid'),
    spot: z.union([z.boolean(), spotTerms]).default(false),
    network: z.enum(networkTypes).default('vpc'),
    publicIp: z.boolean().default(false),
    eip: z.boolean().default(false),
    status: z.enum(instanceStatuses).default('Running'),
    stoppedMode: z.enum(stopModes).optional(),
    tags: z.record(name, z.string().max(128)).default({}),
    locks: z.array(z.enum(lockReasons)).default([]),
    kmsKey: name.optional(),
    managed: z.boolean().default(false),
    guest: guestBehaviour.default({ shutdown: 'prompt' }),
  })
  .superRefine((one, context) => {
    const complain = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    if (one.id !== undefined && one.count !== 1) complain('id', 'an id goes with count: 1 only')
    if (one.zone !== undefined && findZone(one.zone)?.region.id !== one.region) {
      complain('zone', `the zone is not in ${one.region}`)
    }
    if (one.stoppedMode !== undefined && one.status !== 'Stopped') {
      complain('stoppedMode', 'a stopped mode goes with status: Stopped only')
    }
    if (one.spot !== false && one.chargeType === 'PrePaid') complain('spot', 'a spot instance is PostPaid')
    if (one.publicIp && one.eip) complain('eip', 'an instance has a static public address or an EIP, not both')
    if (one.eip && one.network === 'classic') complain('eip', 'an EIP goes with network: vpc only')
  })

const eip = z
  .strictObject({
    id: z
      .string()
      .regex(/^eip-[a-z0-9]{8,32}$/, 'an EIP id is eip- and 8 to 32 lower-case letters and digits')
      .optional(),
    account: accountId.optional(),
    region,
    name: name.optional(),
    internetChargeType: z.enum(internetChargeTypes).default('PayByTraffic'),
    bandwidth: z.number().int().min(1).default(usualBandwidth),
    instance: instanceId.optional(),
    tags: z.record(name, z.string().max(128)).default({}),
  })
  .superRefine((one, context) => {
    const most = maxBandwidth[one.internetChargeType]
    if (one.bandwidth > most) {
      const message = `an EIP with ${one.internetChargeType} has at most ${most} Mbit/s`
      context.addIssue({ code: 'custom', path: ['bandwidth'], message })
    }
  })

/** The seed document: the state of a world, as design and README describe it. Unknown keys are errors. */
export const seedDocument = z.strictObject({
  accounts: z.array(account).default([]),
  kmsKeys: z.array(kmsKey).default([]),
  stock: z.array(stock).default([]),
  spotPrices: z.array(spotPrice).default([]),
  traffic: z.array(traffic).default([]),
  instances: z.array(instance).default([]),
  eips: z.array(eip).default([]),
})

export type SeedDocument = z.output<typeof seedDocument>
export type SeedInput = z.input<typeof seedDocument>
