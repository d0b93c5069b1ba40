import { StoreError } from '../store.ts'

/** Connections that transactions share, unless the address says `?pool=N`. */
const defaultPoolSize = 20

export interface Address {
  /** For the driver; with the password. */
  readonly url: string
  readonly poolSize: number
  /** `postgres user@host:port/database` */
  readonly description: string
}

/** Reads `postgres://user:password@host:port/database?pool=20`; other parameters are left to the driver. */
export function parseAddress(text: string): Address {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    // Without the text, which may hold a password.
    throw new StoreError('The store is no address like postgres://user:password@host:5432/database.')
  }
  const pool = url.searchParams.get('pool') ?? String(defaultPoolSize)
  if (!/^[1-9]\d{0,3}$/.test(pool)) throw new StoreError('The store: pool must be a number of connections, 1 to 9999.')
  url.searchParams.delete('pool')
  const user = url.username === '' ? '' : `${decodeURIComponent(url.username)}@`
  const database = decodeURIComponent(url.pathname.slice(1))
  return {
    url: url.href,
    poolSize: Number(pool),
    description: `postgres ${user}${url.hostname}:${url.port === '' ? '5432' : url.port}/${database}`,
  }
}
