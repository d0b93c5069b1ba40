import type { FaultRuleInput } from './fault-rule.ts'

/** A named way of going wrong: the rules that make it, and what to make of it. */
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
      'An account may make so many calls a minute. At eight in the evening every schedule of the company calls at once, and the limit is reached.',
    signs:
      'The first five calls of each power operation are answered 400 Throttling.User; the header x-acs-retry-after asks for 1000 ms. Nothing is done.',
    advice:
      'Wait as long as the header says (SDKs show it as retryAfter), longer each time, with some chance in it. Put up to 100 instances into one call.',
    rules: forEach(powerActions, { throttle: { retryAfterMs: 1000 }, times: 5 }),
  },
  {
    name: 'stuck-in-stopping',
    title: 'A stop that never ends',
    story: 'A guest hangs while it shuts down, and the platform does not cut its power when the grace time is over.',
    signs:
      'The first instance that is stopped normally stays in Stopping for good. A second normal stop is refused with 403 IncorrectInstanceStatus.',
    advice: 'Let the wait end. Then stop what is still Stopping with ForceStop=true; that is accepted.',
    rules: [{ stuck: true, times: 1 }],
  },
  {
    name: 'slow-guest',
    title: 'A guest that takes nine minutes',
    story: 'The guest installs patches while it shuts down, and nearly uses up the ten minutes that it has.',
    signs:
      'Every normal stop and reboot shows Stopping for nine minutes, a tenth more or less as machines do, and then ends well.',
    advice: 'Wait for longer than the ten minutes before you force anything. Slow is not failed.',
    rules: [{ slowGuestSeconds: 540 }],
  },
  {
    name: 'one-bad-instance',
    title: 'One instance spoils the batch',
    story: 'One machine of a batch is in the middle of something else when the stop arrives.',
    signs:
      'The second instance that StopInstances names is refused with InvalidOperation.Conflict. AllTogether answers 409 and stops none; SuccessFirst answers 200, stops the others and puts the code into the entry of this one.',
    advice:
      'Read the code of every entry of a SuccessFirst answer and order again what failed. After an AllTogether error nothing has happened: repeat the call.',
    rules: [{ action: 'StopInstances', nth: 2, refuse: { code: 'InvalidOperation.Conflict' } }],
  },
  {
    name: 'no-stock-on-start',
    title: 'The Monday start',
    story:
      'An instance that was stopped in economical mode gave its capacity back. On Monday morning everybody wants theirs.',
    signs:
      'The first three instances that are to start are refused with 403 OperationDenied.NoStock and stay Stopped; the fourth try succeeds.',
    advice:
      'Try again over some minutes, and start early. What must be back in time is stopped with StoppedMode=KeepCharging.',
    rules: forEach(starts, { refuse: { code: 'OperationDenied.NoStock' }, times: 3 }),
  },
  {
    name: 'start-fails-late',
    title: 'Accepted, and then not started',
    story: 'The order is accepted, and seconds later the host finds that it cannot start the machine.',
    signs:
      'The first start is answered 200 and shows Starting; then the instance is Stopped again. The timeline says why.',
    advice: 'An accepted order is not a started machine: wait for Running, and order again what is back in Stopped.',
    rules: forEach(starts, { revert: { reason: 'the host could not start the machine' }, times: 1 }),
  },
  {
    name: 'stop-fails-late',
    title: 'Accepted, and then not stopped',
    story: 'The order is accepted, and the platform gives it up: the machine runs on, and so does its bill.',
    signs: 'The first stop is answered 200 and shows Stopping; after eight seconds the instance is Running again.',
    advice: 'Wait for Stopped instead of believing the answer, and order again what is back in Running.',
    rules: forEach(stops, { revert: { reason: 'the platform gave the stop up', afterSeconds: 8 }, times: 1 }),
  },
  {
    name: 'creation-fails-late',
    title: 'Created, and gone',
    story: 'RunInstances answers with ids at once. Then one of the machines cannot be made and is taken back.',
    signs:
      'Of the next RunInstances all ids are answered and show Pending; the first of them soon does not exist any more, the others run.',
    advice: 'Count what is Running, not what was ordered. Give up an id that has vanished, and order what is missing.',
    rules: [{ action: 'RunInstances', revert: { reason: 'the machine could not be made' }, times: 1 }],
  },
  {
    name: 'stale-describe',
    title: 'The status of half a minute ago',
    story: 'Queries are answered by a copy that lags behind.',
    signs:
      'For 30 seconds after each stop, start and reboot, DescribeInstances and DescribeInstanceStatus show the status of before. Operations know the truth: a repeat is refused with IncorrectInstanceStatus.',
    advice:
      'Do not order again because the status has not moved. A wait whose end looks like its beginning (a reboot: Running) must not trust its first look.',
    rules: forEach(powerActions, { staleSeconds: 30 }),
  },
  {
    name: 'invisible-at-first',
    title: 'Created, and not to be seen',
    story: 'The ids are there before the query service has heard of them.',
    signs: 'For 15 seconds after RunInstances, DescribeInstances shows nothing of the new instances.',
    advice:
      'An instance that is not found right after its creation is not lost: ask again for a minute before you order another.',
    rules: [{ action: 'RunInstances', staleSeconds: 15 }],
  },
  {
    name: 'reply-lost',
    title: 'Done, but nobody was told',
    story: 'The connection breaks after the work was done and before its answer has arrived.',
    signs:
      'The first call of each power operation, of RunInstances and of DeleteInstances ends with a broken connection, and all that it ordered is under way. A repeated stop is refused with IncorrectInstanceStatus.',
    advice:
      'Look at the status before you repeat a stop or start; what is on its way needs no repeat. Give RunInstances a ClientToken: its repeat answers the ids of the first call.',
    rules: forEach([...powerActions, 'RunInstances', 'DeleteInstances'], { drop: 'after', times: 1 }),
  },
  {
    name: 'connection-refused-midway',
    title: 'A connection that breaks',
    story: 'A proxy on the way closes connections under load.',
    signs: 'The first two calls of any kind end with a broken connection, and nothing is done.',
    advice: 'Repeat the call. It looks just like “reply-lost”, so a script must be right in both cases.',
    rules: [{ drop: 'before', times: 2 }],
  },
  {
    name: 'error-after-commit',
    title: 'An error that is not true',
    story: 'The work is committed, and then something in front of it fails.',
    signs: 'The first call of each power operation is answered 500 InternalError, and its work is done all the same.',
    advice:
      'After a 5xx look at the status before you repeat. A repeat that is refused with IncorrectInstanceStatus may mean success.',
    rules: forEach(powerActions, { errorAfterCommit: { code: 'InternalError' }, times: 1 }),
  },
  {
    name: 'service-unavailable',
    title: 'The service is down for a moment',
    story: 'The other side is being deployed.',
    signs: 'The first four calls of any kind are answered 503 ServiceUnavailable, and nothing is done.',
    advice: 'Repeat with back-off. Three quick tries are used up before the service is back.',
    rules: [{ error: { code: 'ServiceUnavailable' }, times: 4 }],
  },
  {
    name: 'flaky',
    title: 'One call in five',
    story: 'Something behind the service is about to fail and mostly does not.',
    signs:
      'A fifth of all calls is answered 500 InternalError, by chance, and nothing is done. With --random-seed the same calls meet it again.',
    advice: 'Repeat queries too, not only orders, and call a run successful only if each of its steps was.',
    rules: [{ probability: 0.2, error: { code: 'InternalError' } }],
  },
  {
    name: 'slow-answers',
    title: 'Answers take their time',
    story: 'The service is busy: everything works, two seconds later.',
    signs: 'Every call is done at once and answered two seconds of real time later.',
    advice: 'Set a read timeout of many seconds, and take a timeout for “may have been done”: look before you repeat.',
    rules: [{ latencyMs: 2000 }],
  },
  {
    name: 'host-out-of-reach',
    title: 'The host does not answer',
    story: 'The order is accepted, but the host of the machine cannot be reached for a while.',
    signs:
      'The next order that is accepted for an instance takes 15 seconds longer: four tries of the platform fail, and it waits 1, 2, 4 and 8 seconds between them.',
    advice: 'Nothing, if your wait is long enough; do not order again.',
    rules: [{ driverFails: 4, times: 1 }],
  },
  {
    name: 'bad-night',
    title: 'A bad night',
    story: 'All at once: everybody stops at eight in the evening, a proxy gives up, and one guest hangs.',
    signs:
      'The first three StopInstances are throttled. The answer of the fourth is lost; its first instance hangs in Stopping, and the others show Running for ten more seconds.',
    advice:
      'Back off as long as retryAfter says, look before you repeat, end the wait, and force what still hangs then.',
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
