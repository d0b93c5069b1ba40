import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isPurchasable,
  isRenewable,
  nextDayOfMonth,
  periodMs,
  planExpiry,
  refusalOfChargeType,
  refusalOfRenewal,
} from './subscription.ts'

const day = 86_400_000

test('a week, a month and a year are 7, 30 and 365 days', () => {
  assert.deepEqual(
    (['Week', 'Month', 'Year'] as const).map(unit => periodMs({ length: 2, unit }) / day),
    [14, 60, 730],
  )
})

test('periods that are not sold cannot be bought, nor be renewed by', () => {
  const lengths = Array.from({ length: 61 }, (_, length) => length)
  const those = (is: typeof isPurchasable, unit: 'Week' | 'Month' | 'Year') =>
    lengths.filter(length => is({ length, unit }))
  assert.deepEqual(those(isPurchasable, 'Week'), [1, 2, 3, 4])
  assert.deepEqual(those(isPurchasable, 'Month'), [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60])
  assert.deepEqual(those(isPurchasable, 'Year'), [1, 2, 3, 4, 5])
  assert.deepEqual(those(isRenewable, 'Month'), [1, 2, 3, 6, 12, 24, 36, 48, 60])
})

test('a common day of expiry is a day in China, later than the old end, at its time of day', () => {
  const at = (text: string) => Date.parse(text)
  for (const [end, wanted, then] of [
    ['2026-01-10T03:04:05Z', 15, '2026-01-15T03:04:05Z'],
    ['2026-01-10T03:04:05Z', 10, '2026-02-10T03:04:05Z'],
    ['2026-01-31T03:00:00Z', 28, '2026-02-28T03:00:00Z'],
    ['2026-12-31T03:00:00Z', 1, '2027-01-01T03:00:00Z'],
    // In China it is the first already.
    ['2026-01-31T16:00:00Z', 2, '2026-02-01T16:00:00Z'],
  ] as const) {
    assert.equal(new Date(nextDayOfMonth(at(end), wanted)).toISOString(), new Date(at(then)).toISOString(), end)
  }
})

test('what the platform does at the end of a subscription depends on the machine and the settings', () => {
  const running = {
    status: 'Running',
    operation: null,
    expired: false,
    renewalStatus: 'Normal',
    affordable: true,
  } as const
  for (const [change, plan] of [
    [{}, 'lock-and-stop'],
    [{ status: 'Stopped' }, 'lock'],
    [{ status: 'Stopping', operation: 'stop' }, 'lock'],
    [{ status: 'Stopping', operation: 'release' }, 'lock'],
    [{ status: 'Stopping', operation: 'reboot' }, 'wait'],
    [{ status: 'Starting', operation: 'start' }, 'wait'],
    [{ status: 'Pending', operation: 'provision' }, 'wait'],
    [{ renewalStatus: 'AutoRenewal' }, 'renew'],
    [{ renewalStatus: 'AutoRenewal', status: 'Starting', operation: 'start' }, 'renew'],
    [{ renewalStatus: 'AutoRenewal', affordable: false }, 'lock-and-stop'],
    [{ renewalStatus: 'NotRenewal' }, 'lock-and-stop'],
    [{ status: 'Stopped', expired: true }, 'release'],
    [{ expired: true, renewalStatus: 'AutoRenewal' }, 'release'],
  ] as const) {
    assert.equal(planExpiry({ ...running, ...change }), plan, JSON.stringify(change))
  }
})

test('a subscription is renewed in every status but Pending, locked for its expiry or not', () => {
  const facts = { chargeType: 'PrePaid', status: 'Running', locks: [], expiresAt: 10 * day } as const
  const refused = (change: object, until = 40 * day) => refusalOfRenewal({ ...facts, ...change }, until, 20 * day)
  assert.equal(refused({}), undefined)
  assert.equal(refused({ status: 'Stopped', locks: ['financial'] }), undefined)
  assert.equal(refused({ status: 'Pending' }), 'wrong-status')
  assert.equal(refused({ locks: ['security'] }), 'locked-for-security')
  assert.equal(refused({ chargeType: 'PostPaid' }), 'pay-as-you-go')
  assert.equal(refused({}, 20 * day), 'ends-in-the-past')
})

test('the billing method changes while Running or Stopped with all that belongs to the instance', () => {
  const facts = {
    chargeType: 'PostPaid',
    status: 'Running',
    operation: null,
    stopMode: null,
    locks: [],
    spotStrategy: 'NoSpot',
    managed: false,
    autoReleaseAt: null,
  } as const
  const subscription = { chargeType: 'PrePaid' } as const
  const stopped = { status: 'Stopped', stopMode: 'KeepCharging' } as const
  for (const [change, wanted, refusal] of [
    [{}, 'PrePaid', undefined],
    [stopped, 'PrePaid', undefined],
    [subscription, 'PostPaid', undefined],
    [{}, 'PostPaid', 'has-it-already'],
    [subscription, 'PrePaid', 'has-it-already'],
    [{ spotStrategy: 'SpotAsPriceGo' }, 'PrePaid', 'spot'],
    [{ autoReleaseAt: 5 }, 'PrePaid', 'release-time-set'],
    [{ status: 'Starting', operation: 'start' }, 'PrePaid', 'wrong-status'],
    [{ ...stopped, stopMode: 'StopCharging' }, 'PrePaid', 'economical'],
    [{ ...stopped, stopMode: 'StopCharging', operation: 'deallocate' }, 'PrePaid', 'in-flight'],
    [{ ...stopped, locks: ['financial'] }, 'PrePaid', 'in-arrears'],
    [{ ...stopped, ...subscription, locks: ['financial'] }, 'PostPaid', 'expired'],
    [{ locks: ['security'] }, 'PrePaid', 'locked-for-security'],
    [{ managed: true }, 'PrePaid', 'managed-by-product'],
  ] as const) {
    assert.equal(refusalOfChargeType({ ...facts, ...change }, wanted), refusal, JSON.stringify([change, wanted]))
  }
})
