/**
 * Named places where a test can end or break the program. `LOCALYUN_FAILPOINTS=order:committed=exit` arms one from
 * outside the process; nothing is armed otherwise.
 */
export const failpointNames = [
  'order:written',
  'order:committed',
  'account:settled',
  'group:before-commit',
  'jobs:claimed',
  'jobs:driven',
] as const
export type FailpointName = (typeof failpointNames)[number]
export type FailpointAction = 'exit' | 'throw'

const armed = new Map<FailpointName, FailpointAction>()

export const failpoints = {
  arm(name: FailpointName, action: FailpointAction): void {
    armed.set(name, action)
  },
  disarm(): void {
    armed.clear()
  },
  /** Arms what `NAME=ACTION,NAME=ACTION` lists; throws on a name or action that does not exist. */
  armFrom(list: string): void {
    for (const item of list.split(',').filter(Boolean)) {
      const [name, action] = item.split('=')
      if (!failpointNames.some(known => known === name) || (action !== 'exit' && action !== 'throw')) {
        throw new Error(
          `LOCALYUN_FAILPOINTS: "${item}" is not one of ${failpointNames.join(', ')} with =exit or =throw.`,
        )
      }
      armed.set(name as FailpointName, action)
    }
  },
  /** Ends the process like a power cut, or throws, where a test asked for it. */
  pass(name: FailpointName): void {
    if (armed.size === 0) return
    const action = armed.get(name)
    if (action === 'exit') process.kill(process.pid, 'SIGKILL')
    if (action === 'throw') throw new Error(`failpoint ${name}`)
  },
}
