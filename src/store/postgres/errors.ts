import { DatabaseError } from 'pg'
import { StoreError, StoreUnavailable } from '../store.ts'

/** Lost against another transaction: it may win when it is run again. */
const lostRace: ReadonlySet<string> = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '23505', // unique violation: what was looked for and not found is there now
])

/** The server, or this connection to it, is going away or not there yet. */
const notThere: ReadonlySet<string> = new Set([
  '57P01', // shut down by the administrator
  '57P02', // crash of another process of the server
  '57P03', // starting up or shutting down
  '57P05', // idle for too long
  '25P03', // idle in a transaction for too long
  '53300', // too many connections
])

export function isLostRace(reason: unknown): boolean {
  return reason instanceof DatabaseError && lostRace.has(reason.code ?? '')
}

/** Whether the database can't be reached, as far as this failure of a connection or a query tells. */
export function isUnavailable(reason: unknown): boolean {
  if (reason instanceof DatabaseError) return notThere.has(reason.code ?? '') || (reason.code ?? '').startsWith('08')
  if (!(reason instanceof Error)) return false
  const { code = '', syscall } = reason as NodeJS.ErrnoException
  // Codes of the API look alike (EIP_CAN_NOT_…); those of the system come with a call that failed, or several attempts at it.
  const isOfTheSystem = syscall !== undefined || reason instanceof AggregateError
  // What the library says of connections has no code.
  return (
    (isOfTheSystem && /^E[A-Z_]+$/.test(code)) ||
    /^Connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i.test(
      reason.message,
    )
  )
}

export function unavailable(cause: unknown): StoreUnavailable {
  return new StoreUnavailable('The database cannot be reached at the moment.', { cause })
}

/** Says why a store could not be opened, to the person who started the server. */
export function openingError(description: string, reason: unknown): StoreError {
  if (reason instanceof StoreError) return reason
  return new StoreError(`Cannot open the store ${description}: ${explain(reason)}`, { cause: reason })
}

function explain(reason: unknown): string {
  const { code = '', message = String(reason) } = reason as Partial<DatabaseError>
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there. Is PostgreSQL running, and are host and port right?'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no such host.'
    case '28P01':
    case '28000':
      return 'user or password is wrong, or the server does not let this user in.'
    case '3D000':
      return 'there is no such database. Create it first: localyun makes the tables, not the database.'
    case '42501':
      return `the user may not create tables there (${message}).`
  }
  if (/timeout/.test(message)) return 'it did not answer in time.'
  return message
}
