import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { meterOf } from '../../../../test/support/bill.ts'
import { expectError } from '../../../../test/support/client.ts'
import { allocateEip, getEip, vpcOf } from '../../../../test/support/eips.ts'

test('bandwidth, name and description change, each for itself, and the bill with the bandwidth', async () => {
  await using server = await createTestApp()
  const id = await allocateEip(server, { Bandwidth: 5, Name: 'before' })
  const modify = (params: Record<string, string | number>) =>
    vpcOf(server).call('ModifyEipAddressAttribute', { AllocationId: id, ...params })
  await modify({ Bandwidth: 6 })
  await modify({ Name: 'after', Description: 'of the shop' })
  const eip = await getEip(server, id)
  assert.deepEqual([eip['Bandwidth'], eip['Name'], eip['Description']], ['6', 'after', 'of the shop'])
  // 5 × 0.06 + 0.02, then 0.25 more, an hour.
  assert.deepEqual(
    (await meterOf(server)).map(row => row.rates.bandwidth),
    [88_889, 158_334],
  )
})

test('bandwidth stays within the limit of the charge type', async () => {
  await using server = await createTestApp()
  const id = await allocateEip(server, { InternetChargeType: 'PayByTraffic' })
  const modify = (Bandwidth: number) => vpcOf(server).call('ModifyEipAddressAttribute', { AllocationId: id, Bandwidth })
  await expectError(modify(201), 'InvalidParameter', { status: 400 })
  await modify(200)
})
