import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

/**
 * Loaded before the program: counts the statements that its stores prepare, and answers any message with the number
 * so far. Only PostgreSQL's driver of the program itself will do, so it is looked up from there.
 */
let prepared = 0

/** What a method is put in place of, with the same arguments and result. */
function count<Name extends string>(prototype: Record<Name, (...args: never[]) => unknown>, name: Name): void {
  const original = prototype[name]
  prototype[name] = function counted(this: unknown, ...args: never[]) {
    prepared++
    return original.apply(this, args)
  }
}

const { Connection } = createRequire(process.argv[1] ?? '')('pg') as {
  Connection: { prototype: { parse: (...args: never[]) => unknown } }
}
count(DatabaseSync.prototype as unknown as Record<'prepare', (...args: never[]) => unknown>, 'prepare')
count(Connection.prototype, 'parse')
process.on('message', () => process.send?.(prepared))
// The channel alone keeps no process alive.
process.channel?.unref()
