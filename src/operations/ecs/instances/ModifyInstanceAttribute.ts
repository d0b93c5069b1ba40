import type { AttributeRefusal } from '../../../domain/instances/attributes.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { changeAttributes } from '../../../services/instances/attributes.ts'
import { singleInstanceId } from './common.ts'

export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound',
  'locked-for-security': 'InstanceLockedForSecurity',
  'malformed-name': 'InvalidInstanceName.Malformed',
  'malformed-description': 'InvalidDescription.Malformed',
  'malformed-host-name': 'InvalidHostName.Malformed',
  'malformed-password': 'InvalidPassword.Malformed',
  'user-data-too-large': 'InvalidUserData.SizeExceeded',
  'user-data-unsupported': 'InvalidUserData.NotSupported',
  'still-booting': 'IncorrectInstanceStatus#attribute',
  'repeated-group': 'InvalidParameter',
  'unknown-group': 'InvalidSecurityGroupId.NotFound',
  'not-pay-as-you-go': 'ChargeTypeViolation',
  'no-credits': 'Credit.NotFound',
  'not-running': 'InvalidInstanceStatus.NotRunning',
} as const satisfies Record<AttributeRefusal | 'not-found', ErrorName>

/** Changes names, user data, release protection and the like. */
export const ModifyInstanceAttribute = defineOperation({
  product: 'Ecs',
  action: 'ModifyInstanceAttribute',
  summary: 'Changes name, description, host name, user data, release protection and more of one instance.',
  evidence: { page: 'ModifyInstanceAttribute' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    InstanceName: p.string({ about: '2 to 128 characters' }),
    Description: p.string({ about: '2 to 256 characters, not starting with http(s)://' }),
    HostName: p.string({ about: '2 to 64 characters, 15 on Windows' }),
    Password: p.string({ about: '8 to 30 characters of three classes' }),
    UserData: p.string({ about: 'at most 32 KB decoded' }),
    SecurityGroupIds: p.repeated(p.string(), { max: 16, about: "list of the region's default security group" }),
    DeletionProtection: p.boolean(),
    CreditSpecification: p.enum(['Standard', 'Unlimited']),
    ...compatibilityParams,
  },
  refused: [
    'CpuOptions',
    'EnableJumboFrame',
    'EnableNetworkEncryption',
    'NetworkInterfaceQueueNumber',
    'PrivateDnsNameOptions',
    'Recyclable',
    'RemoteConnectionOptions',
  ],
  errors: Object.values(refusals),
  examples: [
    {
      title: 'Rename an instance',
      params: { InstanceId: 'i-bp1example00000000001', InstanceName: 'web-1', Description: 'The first web server' },
    },
  ],
  async handle(call, input) {
    const outcome = await changeAttributes(
      call.tx,
      { accountId: call.principal.account.id, id: input.InstanceId },
      {
        name: input.InstanceName,
        description: input.Description,
        hostName: input.HostName,
        password: input.Password,
        userData: input.UserData,
        securityGroupIds: input.SecurityGroupIds,
        deletionProtection: input.DeletionProtection,
        creditSpecification: input.CreditSpecification,
      },
    )
    if (outcome !== 'done') call.fail(refusals[outcome], { name: 'SecurityGroupIds' })
    return undefined
  },
})
