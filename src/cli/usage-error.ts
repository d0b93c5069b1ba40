/** The command line, the environment or a file is wrong; the message says where and what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
