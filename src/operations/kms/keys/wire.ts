import { toArn } from '../../../domain/identity/resources.ts'
import { isSymmetric, type KmsKey } from '../../../domain/keys/keys.ts'
import { rotationOf } from '../../../domain/keys/rotation.ts'
import { hashUuid } from '../../../platform/random.ts'

/** A key as CreateKey shows it, and DescribeKey with more. */
export function toKeyMetadata(key: KmsKey, now: number) {
  const { id, details } = key
  const rotation = rotationOf(key, now)
  const ofSymmetric = {
    PrimaryKeyVersion: hashUuid(id, String(rotation.count)),
    LastRotationDate: formatTime(rotation.lastAt),
    AutomaticRotation: rotation.state,
  }
  const ofRotating =
    rotation.nextAt === undefined
      ? {}
      : { RotationInterval: `${details.rotationSeconds}s`, NextRotationDate: formatTime(rotation.nextAt) }
  return {
    KeyId: id,
    Arn: toArn('kms', key, `key/${id}`),
    KeyState: key.state,
    KeyUsage: details.usage,
    KeySpec: details.spec,
    Origin: details.origin,
    ProtectionLevel: details.protectionLevel,
    CreationDate: formatTime(key.createdAt),
    Creator: key.accountId,
    Description: details.description,
    DeleteDate: key.deleteAt === null ? '' : formatTime(key.deleteAt),
    MaterialExpireTime: '',
    ...(isSymmetric(details.spec) ? ofSymmetric : {}),
    ...ofRotating,
  }
}

/** `2026-03-25T10:42:40Z` */
function formatTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
