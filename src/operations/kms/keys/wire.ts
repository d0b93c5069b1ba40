import { toArn } from '../../../domain/identity/resources.ts'
import { isSymmetric, type KmsKey } from '../../../domain/keys/keys.ts'
import { rotationOf } from '../../../domain/keys/rotation.ts'
import { hashUuid } from '../../../platform/random.ts'
import { formatSecond } from '../../times.ts'

/** A key as CreateKey shows it, and DescribeKey with more. */
export function toKeyMetadata(key: KmsKey, now: number) {
  const { id, details } = key
  const rotation = rotationOf(key, now)
  const ofSymmetric = {
    PrimaryKeyVersion: hashUuid(id, String(rotation.count)),
    LastRotationDate: formatSecond(rotation.lastAt),
    AutomaticRotation: rotation.state,
  }
  const ofRotating =
    rotation.nextAt === undefined
      ? {}
      : { RotationInterval: `${details.rotationSeconds}s`, NextRotationDate: formatSecond(rotation.nextAt) }
  return {
    KeyId: id,
    Arn: toArn('kms', key, `key/${id}`),
    KeyState: key.state,
    KeyUsage: details.usage,
    KeySpec: details.spec,
    Origin: details.origin,
    ProtectionLevel: details.protectionLevel,
    CreationDate: formatSecond(key.createdAt),
    Creator: key.accountId,
    Description: details.description,
    DeleteDate: key.deleteAt === null ? '' : formatSecond(key.deleteAt),
    MaterialExpireTime: '',
    ...(isSymmetric(details.spec) ? ofSymmetric : {}),
    ...ofRotating,
  }
}
