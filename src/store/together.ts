/**
 * Waits for statements of one transaction that were begun together: they reach a distant database in one go. Fails as the
 * first of them did, but not before all are over: none may run on when the transaction has ended.
 */
export async function together(statements: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(statements)
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
