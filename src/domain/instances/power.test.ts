import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type LifecycleEvent, listTransitions, transition } from './power.ts'
import { instanceStatuses, type InstanceStatus, type OperationInFlight } from './types.ts'

type Row = readonly [
  from: InstanceStatus,
  event: LifecycleEvent,
  to: InstanceStatus,
  inFlight: OperationInFlight | null,
]

/** Every change of status that the help pages "Instance lifecycle" and "Instance event notification" describe. */
const rows: readonly Row[] = [
  ['Pending', 'provisioned', 'Starting', 'start'],
  ['Pending', 'provisioned-off', 'Stopped', null],
  ['Starting', 'powered-on', 'Running', null],
  ['Running', 'stop-ordered', 'Stopping', 'stop'],
  ['Running', 'reboot-ordered', 'Stopping', 'reboot'],
  ['Running', 'release-ordered', 'Stopping', 'release'],
  ['Running', 'powered-off-by-guest', 'Stopped', null],
  ['Stopping', 'stop-ordered', 'Stopping', 'stop'],
  ['Stopping', 'restart-ordered', 'Stopping', 'reboot'],
  ['Stopping', 'powered-off', 'Stopped', null],
  ['Stopping', 'powered-off-to-restart', 'Starting', 'reboot'],
  ['Stopping', 'powered-off-to-deallocate', 'Stopped', 'deallocate'],
  ['Stopping', 'stop-failed', 'Running', null],
  ['Starting', 'start-failed', 'Stopped', null],
  ['Stopped', 'deallocated', 'Stopped', null],
  ['Stopped', 'start-ordered', 'Starting', 'start'],
  // Only fault rules bring these about.
]

suite('the lifecycle', () => {
  for (const [from, event, to, inFlight] of rows) {
    const then = inFlight === null ? 'with nothing in flight' : `with a ${inFlight} in flight`
    test(`${event} leads from ${from} to ${to} ${then}`, () => {
      assert.deepEqual(transition(from, event), { status: to, operation: inFlight })
    })
  }

  const events = new Set(rows.map(([, event]) => event))
  for (const from of instanceStatuses) {
    const refused = [...events].filter(event => !rows.some(row => row[0] === from && row[1] === event))
    test(`${from} refuses ${refused.join(', ')}`, () => {
      for (const event of refused) assert.equal(transition(from, event), undefined, event)
    })
  }

  test('there are no other transitions', () => {
    const listed = listTransitions().map(({ from, event, to }) => `${from} ${event} ${to.status} ${to.operation}`)
    assert.deepEqual(listed.toSorted(), rows.map(row => row.map(String).join(' ')).toSorted())
  })

  test('every status can be left, and every status but Pending is reached by something', () => {
    assert.deepEqual(new Set(listTransitions().map(({ from }) => from)), new Set(instanceStatuses))
    const reached = new Set(listTransitions().map(({ to }) => to.status))
    assert.deepEqual(reached, new Set(instanceStatuses.filter(status => status !== 'Pending')))
  })

  test('a stable status has nothing in flight but the end of an economical stop, a passing one always has', () => {
    for (const { to } of listTransitions()) {
      if (to.operation === 'deallocate') continue
      assert.equal(to.operation === null, to.status === 'Running' || to.status === 'Stopped', to.status)
    }
  })
})
