import {
  isSymmetric,
  keyOrigins,
  keySpecs,
  keyUsages,
  protectionLevels,
  readKeyTags,
  usageOf,
} from '../../../domain/keys/keys.ts'
import { readRotationInterval } from '../../../domain/keys/rotation.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { createKey } from '../../../services/keys/keys.ts'
import { regionOf, regionParam, requireOpen } from './common.ts'
import { toKeyMetadata } from './wire.ts'
import { maxKeyTags, tagsParam } from './tags.ts'

const params = {
  RegionId: regionParam,
  Description: p.string({
    pattern: /^[^]{0,8192}$/,
    badValue: 'x'.repeat(8193),
    about: 'at most 8,192 characters',
  }),
  KeySpec: p.enum(keySpecs, { default: 'Aliyun_AES_256' }),
  KeyUsage: p.enum(keyUsages),
  Origin: p.enum(keyOrigins, { default: 'Aliyun_KMS' }),
  ProtectionLevel: p.enum(protectionLevels, { default: 'SOFTWARE' }),
  EnableAutomaticRotation: p.boolean({ default: false }),
  RotationInterval: p.string({ about: '`7d` to `730d`, also in `h`, `m` and `s`; only with EnableAutomaticRotation' }),
  Tags: tagsParam({ required: false }),
}

const errors = [
  'Forbidden.KmsServiceNotEnabled',
  'MissingParameter',
  'InvalidParameter',
  'Rejected.LimitExceeded',
] as const

/** Makes a key. An external one waits for its material. */
export const CreateKey = defineOperation({
  product: 'Kms',
  action: 'CreateKey',
  summary: 'Creates a key: Enabled, or PendingImport when its material is to be imported.',
  evidence: { page: 'CreateKey', revisions: '2021 to 2025' },
  access: { level: 'create', on: every('key') },
  params,
  refused: ['DKMSInstanceId', 'Policy', 'KeyStorageMechanism'],
  errors,
  examples: [
    { title: 'Create a key that encrypts disks', params: { Description: 'disks', KeySpec: 'Aliyun_AES_256' } },
  ],
  async handle(call, input) {
    requireOpen(call)
    const usage = usageOf(input.KeySpec, input.KeyUsage) ?? call.fail('InvalidParameter', { name: 'KeyUsage' })
    const external = input.Origin === 'EXTERNAL'
    if (external && !isSymmetric(input.KeySpec)) call.fail('InvalidParameter', { name: 'Origin' })
    const tags = readKeyTags(input.Tags) ?? call.fail('InvalidParameter', { name: 'Tags' })
    if (Object.keys(tags).length > maxKeyTags) call.fail('Rejected.LimitExceeded')
    const key = await createKey(
      call.tx,
      {
        accountId: call.principal.account.id,
        regionId: regionOf(input),
        id: call.random.uuid().toLowerCase(),
        state: external ? 'PendingImport' : 'Enabled',
        tags,
        ecsAuthorized: true,
        details: {
          description: input.Description ?? '',
          usage,
          spec: input.KeySpec,
          origin: input.Origin,
          protectionLevel: input.ProtectionLevel,
          rotationSeconds: chooseRotation(call, input),
        },
      },
      call.now,
    )
    return { KeyMetadata: toKeyMetadata(key, call.now) }
  },
})

/** Only symmetric keys with material of KMS's own change it by themselves. */
function chooseRotation(call: Call<(typeof errors)[number]>, input: InputOf<typeof params>): number | null {
  if (!input.EnableAutomaticRotation) return null
  if (!isSymmetric(input.KeySpec) || input.Origin === 'EXTERNAL') {
    return call.fail('InvalidParameter', { name: 'EnableAutomaticRotation' })
  }
  const interval = input.RotationInterval ?? call.fail('MissingParameter', { name: 'RotationInterval' })
  return readRotationInterval(interval) ?? call.fail('InvalidParameter', { name: 'RotationInterval' })
}
