import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { check } from './checker.ts'
import type { AnswerEntry, History, LoggedEvent, MeteredRow, ModelCall, Recorded } from './history.ts'

const second = 1_000
const plain = { mode: 'together', force: false, economical: false, dryRun: false } as const

const event = (seq: number, instanceId: string, state: string, requestId = '', reason = ''): LoggedEvent => ({
  seq,
  at: seq * second,
  instanceId,
  state,
  actor: state === 'Created' ? 'seed' : reason.endsWith('Instances') ? 'api' : 'platform',
  requestId,
  reason,
})
const done = (id: string, before: string, after: string): AnswerEntry => ({ id, code: '200', before, after })
const call = (words: Partial<ModelCall> & Pick<ModelCall, 'verb' | 'ids'>): ModelCall => ({ ...plain, ...words })
const accepted = (
  one: ModelCall,
  [invokedAt, completedAt]: [number, number],
  requestId: string,
  entries: AnswerEntry[],
): Recorded => ({ call: one, invokedAt, completedAt, outcome: { kind: 'accepted', requestId, entries } })
const seen = ([invokedAt, completedAt]: [number, number], status: string, stoppedMode = ''): Recorded => ({
  call: call({ verb: 'describe', ids: ['a'] }),
  invokedAt,
  completedAt,
  outcome: { kind: 'seen', requestId: `look ${invokedAt}`, instances: [{ id: 'a', status, stoppedMode }] },
})
const refused = (one: ModelCall, [invokedAt, completedAt]: [number, number], code: string): Recorded => ({
  call: one,
  invokedAt,
  completedAt,
  outcome: { kind: 'refused', requestId: `refused ${invokedAt}`, code },
})
const unknown = (one: ModelCall, invokedAt: number): Recorded => ({
  call: one,
  invokedAt,
  completedAt: Infinity,
  outcome: { kind: 'unknown', why: 'cut' },
})
const row = (instanceId: string, at: number, compute: number, before: number): MeteredRow => ({
  instanceId,
  at,
  compute,
  total: compute + 1,
  delta: compute + 1 - before,
})

const freed = 'the machine is off, and what it held is given back'

/** Two instances are stopped, one is started again; a third call gets no answer and stops the other way. */
const sound: History = {
  calls: [
    accepted(call({ verb: 'stop', ids: ['a', 'b'], economical: true }), [1, 4], 'r1', [
      done('a', 'Running', 'Stopping'),
      done('b', 'Running', 'Stopping'),
    ]),
    seen([2, 5], 'Running'),
    seen([6, 7], 'Stopping'),
    seen([8, 9], 'Stopped', 'StopCharging'),
    accepted(call({ verb: 'start', ids: ['a'] }), [10, 11], 'r2', [done('a', 'Stopped', 'Starting')]),
    seen([12, 13], 'Running'),
    unknown(call({ verb: 'reboot', ids: ['a'] }), 14),
    unknown(call({ verb: 'start', ids: ['b'] }), 15),
  ],
  events: [
    event(1, 'a', 'Created'),
    event(2, 'b', 'Created'),
    event(3, 'a', 'Stopping', 'r1', 'StopInstances'),
    event(4, 'b', 'Stopping', 'r1', 'StopInstances'),
    event(5, 'a', 'Stopped', 'r1', freed),
    event(6, 'b', 'Stopped', 'r1', freed),
    event(7, 'a', 'Starting', 'r2', 'StartInstances'),
    event(8, 'a', 'Running', 'r2', 'the machine is on'),
    event(9, 'a', 'Stopping', 'r3', 'RebootInstances'),
    event(10, 'a', 'Starting', 'r3', 'the machine is off and starts again'),
    event(11, 'a', 'Running', 'r3', 'the machine is on'),
  ],
  meter: [row('a', 1, 9, 0), row('b', 2, 9, 0), row('a', 5, 0, 10), row('b', 6, 0, 10), row('a', 7, 9, 1)],
  instances: [
    { id: 'a', status: 'Running', stoppedMode: '', operation: null },
    { id: 'b', status: 'Stopped', stoppedMode: 'StopCharging', operation: null },
  ],
  jobs: 0,
  meterLagSeconds: 0,
}

const refusal = (id: string, status = 'Running'): AnswerEntry => ({
  id,
  code: 'IncorrectInstanceStatus',
  before: status,
  after: status,
})
const dryRun = (requestId: string) => ({ kind: 'refused', requestId, code: 'DRYRUN.SUCCESS' }) as const

/** The history with one of a list changed, or left out. */
function without(key: 'calls' | 'events' | 'meter', index: number): History {
  return { ...sound, [key]: sound[key].filter((_, at) => at !== index) }
}
function withEvent(change: Partial<LoggedEvent> & { seq: number }): History {
  return { ...sound, events: sound.events.map(one => (one.seq === change.seq ? { ...one, ...change } : one)) }
}
function withCall(...more: Recorded[]): History {
  return { ...sound, calls: [...sound.calls, ...more] }
}

suite('the checker of histories', () => {
  test('finds nothing in a sound history', () => {
    assert.deepEqual(check(sound), [])
  })

  test('a call without an answer may have happened or not', () => {
    assert.deepEqual(check(withCall(unknown(call({ verb: 'stop', ids: ['b'] }), 16))), [])
  })

  const cases: readonly [what: string, history: History, problem: RegExp][] = [
    ['an acknowledged stop that is not there', withEvent({ seq: 4, instanceId: 'c' }), /happened 0 times/],
    ['half of a batch that is all or none', without('events', 3), /b: .*happened 0 times|b: event/],
    ['an effect that nobody ordered', without('calls', 6), /no call of unknown outcome/],
    [
      'a job done twice',
      { ...sound, events: [...sound.events, { ...event(12, 'a', 'Running', 'r3'), reason: 'on' }] },
      /cannot follow/,
    ],
    [
      'an event twice',
      { ...sound, events: sound.events.flatMap(one => (one.seq === 8 ? [one, one] : [one])) },
      /there twice|cannot follow/,
    ],
    [
      'a stop that never ended',
      { ...without('events', 5), meter: sound.meter.filter(one => one.at !== 6), jobs: 1 },
      /never ended/,
    ],
    ['a job that was done for another order', withEvent({ seq: 8, requestId: 'r1' }), /cannot follow/],
    ['a stop in the wrong mode', withEvent({ seq: 6, reason: 'the machine is off' }), /wrong mode/],
    ['a state that was not there yet', withCall(seen([1, 2], 'Stopped', 'StopCharging')), /no order of effects/],
    [
      'a state that was over',
      withCall(seen([16, 17], 'Stopping'), seen([18, 19], 'Stopping'), seen([20, 21], 'Stopped', 'StopCharging')),
      /no order of effects/,
    ],
    [
      'two looks that contradict each other',
      withCall(seen([3, 3.5], 'Stopping'), seen([3.6, 3.9], 'Running')),
      /no order of effects/,
    ],
    [
      'a start that was too early',
      {
        ...sound,
        calls: sound.calls.map(one => (one.completedAt === 11 ? { ...one, invokedAt: 0, completedAt: 0.5 } : one)),
      },
      /contradicts time/,
    ],
    [
      'a refusal that nothing explains',
      withCall(refused(call({ verb: 'stop', ids: ['a'] }), [12.1, 12.2], 'InvalidOperation.Conflict')),
      /no instance explains/,
    ],
    [
      'a refused call that had effects',
      {
        ...sound,
        calls: sound.calls.map(one =>
          one.completedAt === 11
            ? { ...one, outcome: { kind: 'refused', requestId: 'r2', code: 'IncorrectInstanceStatus' } }
            : one,
        ),
      },
      /though it was refused/,
    ],
    ['a log that does not begin', withEvent({ seq: 1, state: 'Running' }), /does not begin with Created/],
    [
      'one call that did its work twice without an answer',
      {
        ...sound,
        events: [
          ...sound.events,
          event(12, 'a', 'Stopping', 'r4', 'RebootInstances'),
          event(13, 'a', 'Starting', 'r4', 'the machine is off and starts again'),
          event(14, 'a', 'Running', 'r4', 'the machine is on'),
        ],
      },
      /r4: no call of unknown outcome/,
    ],
    [
      'an answer that leaves an instance out',
      withCall(accepted(call({ verb: 'start', ids: ['a', 'b'], mode: 'separately' }), [16, 17], 'r4', [refusal('a')])),
      /not answered for each instance once/,
    ],
    [
      'a batch that is all or none and does a part',
      withCall(accepted(call({ verb: 'start', ids: ['a'] }), [16, 17], 'r4', [refusal('a')])),
      /was all or none and refused a/,
    ],
    [
      'one of a batch that nothing refuses',
      withCall(
        accepted(call({ verb: 'stop', ids: ['a'], mode: 'separately' }), [12.1, 12.2], 'r4', [refusal('a', 'Stopped')]),
      ),
      /no order of effects/,
    ],
    [
      'a list that leaves an instance out',
      withCall({ ...seen([16, 17], 'Running'), call: call({ verb: 'describe', ids: ['a', 'b'] }) }),
      /not shown each instance once/,
    ],
    [
      'a dry run that did something',
      {
        ...sound,
        calls: sound.calls.map(one =>
          one.completedAt === 11
            ? { ...refused({ ...one.call, dryRun: true }, [10, 11], ''), outcome: dryRun('r2') }
            : one,
        ),
      },
      /though it was refused/,
    ],
    [
      'a dry run that is accepted at the wrong time',
      withCall(refused(call({ verb: 'start', ids: ['a'], dryRun: true }), [12.1, 12.2], dryRun('').code)),
      /no order of effects explains "a dry start is accepted"/,
    ],
    [
      'a call that was taken for a dry run',
      withCall(refused(call({ verb: 'stop', ids: ['a'] }), [12.1, 12.2], dryRun('').code)),
      /was no dry run/,
    ],
    [
      'a batch that is refused as a whole and must not be',
      withCall(
        refused(call({ verb: 'stop', ids: ['b'], mode: 'separately' }), [12.1, 12.2], 'IncorrectInstanceStatus'),
      ),
      /was refused as a whole/,
    ],
    ['a job that is left', { ...sound, jobs: 1 }, /1 jobs are left/],
    ['a gap in the bill', without('meter', 2), /the meter/],
    [
      'an overlap in the bill',
      { ...sound, meter: sound.meter.map((one, index) => (index === 4 ? { ...one, at: 4 } : one)) },
      /begins/,
    ],
    [
      'a bill that is off',
      { ...sound, meter: sound.meter.map((one, index) => (index === 4 ? { ...one, delta: 1 } : one)) },
      /does not go on/,
    ],
    [
      'a state that differs from its log',
      { ...sound, instances: sound.instances.map(one => ({ ...one, status: 'Running' })) },
      /its events end with/,
    ],
    ['a stream that lost an event', { ...sound, followed: sound.events.slice(0, -1) }, /who followed the log/],
    [
      'a stream that told an event twice',
      { ...sound, followed: [...sound.events, event(11, 'a', 'Running')] },
      /who followed the log/,
    ],
  ]
  for (const [what, history, problem] of cases) {
    test(`finds ${what}`, () => assert.match(check(history).join('\n'), problem))
  }
})
