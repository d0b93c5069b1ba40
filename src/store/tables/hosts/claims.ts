import sql, { empty, type Sql } from 'sql-template-tag'

/** Whose machines a process looks after: a host's, the simulated ones (null), or, where it has the store to itself, all. */
export type Claims = { readonly hostId: string | null } | undefined

/** For the end of a condition on instances or jobs. */
export function ofClaims(claims: Claims): Sql {
  if (claims === undefined) return empty
  return claims.hostId === null ? sql`and host_id is null` : sql`and host_id = ${claims.hostId}`
}
