import type { FaultRuleInput } from './fault-rule.ts'

/** A named night that goes wrong: the rules that make it, and what to make of it. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** What happens in the real service, and why. */
  readonly story: string
  /** What a caller sees of it. */
  readonly signs: string
  /** What a script does to survive it. */
  readonly advice: string
  readonly rules: readonly FaultRuleInput[]
}

/** Operations that change the power of instances. */
const powerActions = [
  'StopInstances',
  'StopInstance',
  'StartInstances',
  'StartInstance',
  'RebootInstances',
  'RebootInstance',
]
const stops = ['StopInstances', 'StopInstance']
const starts = ['StartInstances', 'StartInstance']

const forEach = (actions: readonly string[], rule: FaultRuleInput): FaultRuleInput[] =>
  actions.map(action => Object.assign({ action }, rule))

export const scenarios: readonly Scenario[] = [
  {
    name: 'throttled',
    title: 'Too many calls',
    story:
      'An account may make so many calls a minute. A schedule that stops hundreds of instances at the same minute as everybody else in the company is over it at once.',
    signs:
      'The first five calls of each power operation are answered 400 Throttling.User with the header x-acs-retry-after (1000 ms). Nothing is done.',
    advice:
      'Wait for the time in the header, then for longer each time, with some chance in it. Put up to 100 instances into one call.',
    rules: forEach(powerActions, { throttle: { retryAfterMs: 1000 }, times: 5 }),
  },
  {
    name: 'stuck-in-stopping',
    title: 'A stop that never ends',
    story:
      'A guest hangs while it shuts down, and the platform does not cut its power either. It happens about once a year, on the machine that matters.',
    signs:
      'The first normal stop is accepted, and the instance stays in Stopping. A further normal stop is refused with IncorrectInstanceStatus.',
    advice: 'Give a wait an end. When it has passed, stop the instance again with ForceStop=true.',
    rules: [{ stuck: true, times: 1 }],
  },
  {
    name: 'slow-guest',
    title: 'A guest that takes nine minutes',
    story: 'Patches are installed while the guest shuts down, and it takes nearly as long as the platform lets it.',
    signs: 'Every normal stop and reboot takes 540 seconds; the instance shows Stopping all that time.',
    advice:
      'Wait at least as long as the grace time (10 minutes) before you force. Do not count an attempt as failed because it is slow.',
    rules: [{ slowGuestSeconds: 540 }],
  },
  {
    name: 'one-bad-instance',
    title: 'One instance spoils the batch',
    story: 'One machine of a batch is in the middle of something else when the stop arrives.',
    signs:
      'The second instance of the first StopInstances is refused with 409 InvalidOperation.Conflict. AllTogether refuses the whole batch; SuccessFirst stops the others and says so for this one.',
    advice: 'Use SuccessFirst and try what failed again, or take AllTogether for what it is: nothing has happened.',
    rules: [{ action: 'StopInstances', nth: 2, refuse: { code: 'InvalidOperation.Conflict' } }],
  },
  {
    name: 'no-stock-on-start',
    title: 'The Monday start',
    story:
      'An instance that was stopped in economical mode gave its capacity back. On Monday morning everybody wants theirs.',
    signs:
      'The first three starts of instances are refused with 403 OperationDenied.NoStock; the instances stay Stopped.',
    advice: 'Try again over some minutes, start early, or stop with KeepCharging what must be back in time.',
    rules: forEach(starts, { refuse: { code: 'OperationDenied.NoStock' }, times: 3 }),
  },
  {
    name: 'start-fails-late',
    title: 'Accepted, and then not started',
    story: 'The order is accepted, and the host finds out seconds later that it cannot start the machine.',
    signs: 'The first start is answered 200; the instance goes from Starting back to Stopped. The timeline says why.',
    advice: 'An accepted order is not a started machine: wait for Running, and order again when it is Stopped.',
    rules: [...forEach(starts, { revert: { reason: 'the host could not start the machine' }, times: 1 })],
  },
  {
    name: 'stop-fails-late',
    title: 'Accepted, and then not stopped',
    story: 'The order is accepted, and the platform gives it up: the machine runs on, and so does its bill.',
    signs: 'The first stop is answered 200; after eight seconds the instance goes from Stopping back to Running.',
    advice: 'Wait for Stopped instead of believing the answer, and order again when it is Running.',
    rules: [...forEach(stops, { revert: { reason: 'the platform gave the stop up', afterSeconds: 8 }, times: 1 })],
  },
  {
    name: 'creation-fails-late',
    title: 'Created, and gone',
    story:
      'RunInstances answers with ids at once. Seconds later the platform cannot make one of the machines and takes it back.',
    signs: 'The first instance of the next RunInstances is Pending for a moment and then does not exist any more.',
    advice:
      'Count what is Running, not what was ordered; give up on an id that stays unknown, and order what is missing.',
    rules: [{ action: 'RunInstances', revert: { reason: 'the machine could not be made' }, times: 1 }],
  },
  {
    name: 'stale-describe',
    title: 'Yesterday’s status',
    story: 'Queries are answered by a copy that lags behind.',
    signs:
      'After each stop, start and reboot, DescribeInstances and DescribeInstanceStatus show the status of before for 30 seconds of instance time.',
    advice:
      'Do not order again because the status did not move: IncorrectInstanceStatus tells the truth. Never take the first look for the end of a wait that begins where it should end, such as Running after a reboot.',
    rules: forEach(powerActions, { staleSeconds: 30 }),
  },
  {
    name: 'invisible-at-first',
    title: 'Created, and not to be seen',
    story: 'The ids are there before the query service has heard of them.',
    signs: 'For 15 seconds of instance time DescribeInstances shows nothing of new instances.',
    advice:
      'An instance that is not found right after its creation is not lost: ask again for a while before you order another.',
    rules: [{ action: 'RunInstances', staleSeconds: 15 }],
  },
  {
    name: 'reply-lost',
    title: 'Done, but nobody was told',
    story: 'The connection breaks after the work was done and before the answer has arrived.',
    signs: 'The first call of each power operation ends with a broken connection; all that it ordered is under way.',
    advice:
      'Repeat the call, and take IncorrectInstanceStatus for the answer to the first one after a look at the status. For RunInstances use a ClientToken.',
    rules: forEach([...powerActions, 'RunInstances', 'DeleteInstances'], { drop: 'after', times: 1 }),
  },
  {
    name: 'connection-refused-midway',
    title: 'A connection that breaks',
    story: 'A proxy on the way closes connections under load.',
    signs: 'The first two calls of any kind end with a broken connection, and nothing is done.',
    advice: 'Repeat it: a call that was not answered may or may not have been done, and both must be fine.',
    rules: [{ drop: 'before', times: 2 }],
  },
  {
    name: 'error-after-commit',
    title: 'An error that is not true',
    story: 'The work is committed, and then something in front of it fails.',
    signs: 'The first call of each power operation is answered 500 InternalError, and its work is done all the same.',
    advice:
      'After a 5xx look before you repeat; a repeat that is refused with IncorrectInstanceStatus may mean success.',
    rules: forEach(powerActions, { errorAfterCommit: { code: 'InternalError' }, times: 1 }),
  },
  {
    name: 'service-unavailable',
    title: 'The service is down for a moment',
    story: 'A deployment on the other side.',
    signs: 'The first four calls of any kind are answered 503 ServiceUnavailable, and nothing is done.',
    advice: 'Back off and repeat. Four quick tries in a row are used up before the service is back.',
    rules: [{ error: { code: 'ServiceUnavailable' }, times: 4 }],
  },
  {
    name: 'flaky',
    title: 'One call in five',
    story: 'Something behind the service is about to fail and mostly does not.',
    signs: 'A fifth of all calls is answered 500 InternalError, by chance; with --random-seed the same ones again.',
    advice: 'Repeat every call that can be repeated, and let the whole run end in success only if each step did.',
    rules: [{ probability: 0.2, error: { code: 'InternalError' } }],
  },
  {
    name: 'slow-answers',
    title: 'Answers take their time',
    story: 'The service is busy: everything works, two seconds later.',
    signs: 'Every call is answered two seconds of real time after it was done.',
    advice: 'Set a read timeout that fits the service, not the laptop; count a timeout as “may have been done”.',
    rules: [{ latencyMs: 2000 }],
  },
  {
    name: 'host-out-of-reach',
    title: 'The host does not answer',
    story: 'The order is accepted, but the host of the machine cannot be reached for a while.',
    signs:
      'The next stop or start of an instance takes some seconds longer: the platform tries four times, later each time.',
    advice: 'Nothing, if your wait is long enough.',
    rules: [{ driverFails: 4, times: 1 }],
  },
  {
    name: 'bad-night',
    title: 'A bad night',
    story:
      'All at once, as it happens: everybody stops at eight in the evening, a proxy gives up, and one guest hangs.',
    signs:
      'The first three StopInstances are throttled, the answer of the next is lost, one instance of it hangs in Stopping, and queries lag ten seconds behind.',
    advice:
      'A retry loop with back-off, a look at the status before it gives up, an end to the wait, and a forced stop for what is left.',
    rules: [
      { action: 'StopInstances', throttle: { retryAfterMs: 200 }, times: 3 },
      { action: 'StopInstances', drop: 'after', times: 1 },
      { action: 'StopInstances', stuck: true, times: 1 },
      { action: 'StopInstances', staleSeconds: 10 },
    ],
  },
]

export function findScenario(name: string): Scenario | undefined {
  return scenarios.find(one => one.name === name)
}
