import { after } from '../platform/clock.ts'
import type { Store } from '../store/store.ts'

/** A store that has not answered by then counts as out of reach, ms. */
const limitMs = 2_000

/** Whether the server can do its work: with the store out of reach it cannot. */
export async function readHealth(store: Store): Promise<{ httpStatus: 200 | 503; status: 'ok' | 'unavailable' }> {
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
