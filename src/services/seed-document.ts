import { z } from 'zod'
import { findInstanceType } from '../domain/catalogue/instance-types.ts'
import { findRegion, findZone } from '../domain/catalogue/regions.ts'
import {
  chargeTypes,
  instanceStatuses,
  kmsKeyStates,
  kmsServiceStates,
  lockReasons,
  networkTypes,
  stopModes,
} from '../domain/instance/types.ts'

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
    spot: z.boolean().default(false),
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
    if (one.spot && one.chargeType === 'PrePaid') complain('spot', 'a spot instance is PostPaid')
    if (one.publicIp && one.eip) complain('eip', 'an instance has a static public address or an EIP, not both')
  })

/** The seed document: the state of a world, as design and README describe it. Unknown keys are errors. */
export const seedDocument = z.strictObject({
  accounts: z.array(account).default([]),
  kmsKeys: z.array(kmsKey).default([]),
  stock: z.array(stock).default([]),
  instances: z.array(instance).default([]),
})

export type SeedDocument = z.output<typeof seedDocument>
export type SeedInput = z.input<typeof seedDocument>
