import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Concern, concernOf, healthOf } from './health.ts'
import { instanceStatuses } from './types.ts'

const all = (concern: Concern) => instanceStatuses.map(status => healthOf(status, concern))

test('health without events follows from the status', () => {
  assert.deepEqual(all('none'), ['Initializing', 'Initializing', 'Ok', 'Ok', 'NotApplicable'])
})

test('a failure that is carried out impairs, maintenance maintains, whatever the status', () => {
  assert.deepEqual(new Set(all('failing')), new Set(['Impaired']))
  assert.deepEqual(new Set(all('under-maintenance')), new Set(['Maintaining']))
})

test('a failure to come is a warning as long as the instance is up', () => {
  assert.deepEqual(all('about-to-fail'), ['Initializing', 'Initializing', 'Warning', 'Warning', 'NotApplicable'])
})

test('planned maintenance, bills and finished events bear on nothing', () => {
  assert.equal(concernOf('SystemMaintenance.Reboot', 'Scheduled'), 'none')
  assert.equal(concernOf('AccountUnbalanced.Stop', 'Executing'), 'none')
  assert.equal(concernOf('SystemFailure.Reboot', 'Executed'), 'none')
  assert.equal(concernOf('SystemFailure.Reboot', 'Scheduled'), 'about-to-fail')
  assert.equal(concernOf('InstanceFailure.Reboot', 'Executing'), 'failing')
  assert.equal(concernOf('SystemMaintenance.Redeploy', 'Executing'), 'under-maintenance')
})
