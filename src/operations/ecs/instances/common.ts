import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { findInstance, type Instance } from '../../../store/tables/instances/instances.ts'

/** `i-` and 8 to 32 lower-case letters and digits. */
export const instanceIdPattern = /^i-[a-z0-9]{8,32}$/

/** The one instance of a singular operation. An id that could never exist is answered as one that doesn't. */
export const singleInstanceId = p.string({
  required: true,
  pattern: instanceIdPattern,
  error: 'InvalidInstanceId.NotFound',
  badValue: 'i-!',
  about: 'instance id',
})

/** The ids of a batch: 1 to 100, as `InstanceId.1`, `InstanceId.2`, … */
export const batchInstanceIds = (options: { malformed: ErrorName }) =>
  p.repeated(
    p.string({ pattern: instanceIdPattern, error: options.malformed, badValue: 'i-!', about: 'instance id' }),
    {
      required: true,
      max: 100,
      tooMany: 'InvalidParameter.TooManyInstanceIds',
      mustHold: 'InvalidInstanceId.NotFound#null',
    },
  )

/** An id that stands twice counts once, in its first place. */
export function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

/** An instance of the caller's account. */
export async function findOwnInstance(call: Call, id: string): Promise<Instance | undefined> {
  const instance = await findInstance(call.tx, id)
  return instance?.accountId === call.principal.account.id ? instance : undefined
}

export const batchModes = ['AllTogether', 'SuccessFirst'] as const
