/**
 * Advisory locks of localyun, in the database's own key space. A lock has one key of 64 bits or two of 32; the two kinds
 * never meet.
 */
const space = 0x4c590000

/** Two keys: held shared by every writer, alone by a transaction that must be alone. */
export const gate = `${space}, 0`
/** Two keys: held while the schema is brought up to date. */
export const migration = `${space}, 1`
/** Two keys, the second of which is the hash of a name. */
export const names = space + 1
/** One key: this, plus an event's number. A writer holds the number behind which its own will stand. */
export const eventFloor = `(${space}::bigint << 32)`
/** How pg_locks shows the upper half of such a key: from here on, below twice 2^15 more. */
export const eventFloorClass = space
