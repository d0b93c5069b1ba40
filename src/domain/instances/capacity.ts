import type { InstanceFacts } from './types.ts'

/**
 * Whether an instance holds the vCPUs and memory of its type: always, but after an economical stop has given them back
 * (help page "Economical mode"). While that is still under way they are nobody else's.
 */
export function holdsCapacity({
  status,
  operation,
  stopMode,
}: Pick<InstanceFacts, 'status' | 'operation' | 'stopMode'>): boolean {
  return status !== 'Stopped' || stopMode !== 'StopCharging' || operation === 'deallocate'
}
