import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { putBalance } from '../../../../test/support/arrears.ts'
import { createBssSdk } from '../../../../test/support/sdk.ts'

test('the official SDK reads the balance, below zero too', async () => {
  await using server = await createTestApp()
  const sdk = createBssSdk({ port: server.app.port })
  for (const [balance, shown] of [
    [null, '1000000.00'],
    [1234.5, '1234.50'],
    [-11.19, '-11.19'],
  ] as const) {
    await putBalance(server, balance)
    const { body } = await sdk.queryAccountBalance()
    assert.deepEqual([body?.success, body?.code, body?.message], [true, '200', 'success'])
    assert.deepEqual(
      { ...body?.data },
      {
        availableAmount: shown,
        availableCashAmount: shown,
        creditAmount: '0.00',
        mybankCreditAmount: '0.00',
        currency: 'CNY',
        quotaLimit: '0.00',
      },
    )
  }
})
