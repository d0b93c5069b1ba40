import type { KeyEvent } from '../../../domain/keys/keys.ts'
import type { Call } from '../../../protocol/operation.ts'
import { changeKeyState } from '../../../services/keys/keys.ts'
import { keyErrors, readKeyRef } from './common.ts'

/** Codes of the operations that change a key's state. */
export const stateErrors = [...keyErrors, 'Rejected.StateModifiedFailed'] as const

/** Changes the state of a key and answers with nothing but the request id. */
export async function runStateChange(
  call: Call<(typeof stateErrors)[number]>,
  input: { readonly RegionId: string | undefined; readonly KeyId: string },
  change: { readonly event: KeyEvent; readonly windowDays?: number },
): Promise<undefined> {
  const outcome = await changeKeyState(call.tx, readKeyRef(call, input), change, call.now)
  if (outcome === 'not-found') return call.fail('Forbidden.KeyNotFound')
  if (outcome === 'wrong-state') return call.fail('Rejected.StateModifiedFailed')
  return undefined
}
