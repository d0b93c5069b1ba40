import { unlimitedBalanceFen } from '../../../domain/billing/arrears.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { anything } from '../../../protocol/resources.ts'
import { succeeded } from './envelope.ts'

/** What is left on the account. */
export const QueryAccountBalance = defineOperation({
  product: 'BssOpenApi',
  action: 'QueryAccountBalance',
  summary: 'Tells what is left on the account.',
  evidence: { page: 'QueryAccountBalance', revisions: '2017 to 2026' },
  // The page names this action of bssapi; other pages of the product name theirs of bss.
  access: { level: 'read', action: 'bssapi:QueryAccountBalance', on: anything },
  params: {},
  errors: [],
  examples: [{ title: 'Read the balance', params: {} }],
  async handle(call) {
    const fen = await call.services.arrears.readBalance(call.tx, call.principal.account.id)
    const amount = yuan(fen ?? unlimitedBalanceFen)
    return succeeded({
      AvailableAmount: amount,
      AvailableCashAmount: amount,
      CreditAmount: yuan(0),
      MybankCreditAmount: yuan(0),
      Currency: 'CNY',
      QuotaLimit: yuan(0),
    })
  },
})

/** `-11.19`, as in the samples of the help page. */
function yuan(fen: number): string {
  return (fen / 100).toFixed(2)
}
