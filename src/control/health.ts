import { after } from '../platform/clock.ts'
import type { Store } from '../store/store.ts'

/** A store that has not answered by then counts as out of reach, ms. */
const limitMs = 2_000

export interface Health {
  readonly httpStatus: 200 | 503
  readonly status: 'ok' | 'unavailable' | 'draining'
}

/** That the process answers at all: what it depends on is no reason to restart it. */
export const alive = { status: 'ok' } as const

interface HealthSources {
  readonly store: Store
  readonly isDraining: () => boolean
}

/** Whether the server is to be given work: not with the store out of reach, and not when it is about to end. */
export async function readHealth({ store, isDraining }: HealthSources): Promise<Health> {
  if (isDraining()) return { httpStatus: 503, status: 'draining' }
  const reached = store.check().then(
    () => true,
    () => false,
  )
  const isThere = await new Promise<boolean>(resolve => {
    const cancel = after(limitMs, () => resolve(false))
    void reached.then(answer => {
      cancel()
      resolve(answer)
    })
  })
  return isThere ? { httpStatus: 200, status: 'ok' } : { httpStatus: 503, status: 'unavailable' }
}
