/** A command could not do its work for a reason that its user can do something about. Exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}
