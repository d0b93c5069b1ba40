/**
 * Named places where a test can end or break the program. `LOCALYUN_FAILPOINTS=order:committed=exit` arms one from
 * outside the process, `order:committed=exit@20` for the 20th time that it is passed; nothing is armed otherwise.
 * `answer:early=on` plants a bug that the proof in test/fault has to find.
 */
export const failpointNames = [
  'order:written',
  'order:committed',
  'account:settled',
  'group:before-commit',
  'jobs:claimed',
  'jobs:driven',
  'answer:early',
] as const
export type FailpointName = (typeof failpointNames)[number]
const actions = ['exit', 'throw', 'on'] as const
export type FailpointAction = (typeof actions)[number]

interface Armed {
  readonly action: FailpointAction
  /** How often it is passed before it acts. */
  passesLeft: number
}

const armed = new Map<FailpointName, Armed>()

export const failpoints = {
  arm(name: FailpointName, action: FailpointAction, passesLeft = 0): void {
    armed.set(name, { action, passesLeft })
  },
  disarm(): void {
    armed.clear()
  },
  /** Arms what `NAME=ACTION,NAME=ACTION@TIME` lists; throws on a name or action that does not exist. */
  armFrom(list: string): void {
    for (const item of list.split(',').filter(Boolean)) {
      const [, name, action, time = '1'] = /^([^=]+)=([a-z]+)(?:@([1-9]\d*))?$/.exec(item) ?? []
      const [knownName, knownAction] = [failpointNames.find(one => one === name), actions.find(one => one === action)]
      if (knownName === undefined || knownAction === undefined) {
        throw new Error(
          `LOCALYUN_FAILPOINTS: "${item}" is not one of ${failpointNames.join(', ')} with =exit, =throw or =on.`,
        )
      }
      failpoints.arm(knownName, knownAction, Number(time) - 1)
    }
  },
  /** Ends the process like a power cut, or throws, where a test asked for it. */
  pass(name: FailpointName): void {
    if (armed.size === 0) return
    const point = armed.get(name)
    if (point === undefined || point.passesLeft-- > 0) return
    if (point.action === 'exit') process.kill(process.pid, 'SIGKILL')
    if (point.action === 'throw') throw new Error(`failpoint ${name}`)
  },
  /** Whether a test has switched something on. */
  isOn(name: FailpointName): boolean {
    return armed.size > 0 && armed.get(name)?.action === 'on'
  },
}
