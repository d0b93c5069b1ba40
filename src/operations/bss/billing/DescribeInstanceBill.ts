import { dayPeriod, monthOf, monthPeriod, type Period } from '../../../domain/billing/ledger.ts'
import { toFen } from '../../../domain/billing/money.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { readBill } from '../../../services/billing/bill.ts'
import { readPlace, writePlace } from '../../paging.ts'
import { productCodeOf, subscriptionTypeOf, toWireBill } from './wire.ts'

/** Months whose bills are kept, this one included. */
const cycles = 18

/** The bill of a month or a day in China, by instance, or by instance and item. The current one goes up to now. */
export const DescribeInstanceBill = defineOperation({
  product: 'BssOpenApi',
  action: 'DescribeInstanceBill',
  summary: "Tells the account's bill of a month or a day, by instance, or by instance and billable item.",
  evidence: { page: 'DescribeInstanceBill', revisions: '2025-10' },
  access: { level: 'list', on: every('bill') },
  params: {
    BillingCycle: p.string({
      required: true,
      pattern: /^\d{4}-(0[1-9]|1[0-2])$/,
      badValue: '2026-13',
      about: '`yyyy-MM`',
    }),
    Granularity: p.enum(['MONTHLY', 'DAILY'], { default: 'MONTHLY' }),
    BillingDate: p.string({ pattern: /^\d{4}-\d\d-\d\d$/, badValue: 'today', about: '`yyyy-MM-dd`, with DAILY' }),
    IsBillingItem: p.boolean({ default: false }),
    IsHideZeroCharge: p.boolean({ default: false }),
    InstanceID: p.string(),
    ProductCode: p.string({ about: '`ecs` or `eip`' }),
    PipCode: p.string({ about: 'as ProductCode' }),
    ProductType: p.string({ hidden: true }),
    SubscriptionType: p.enum(['PayAsYouGo', 'Subscription']),
    MaxResults: p.integer({ default: 20, min: 1, max: 300 }),
    NextToken: p.string({ pattern: /^[\w-]+$/, badValue: '!' }),
    OwnerId: p.integer({ hidden: true }),
  },
  refused: ['BillOwnerId'],
  errors: ['InvalidParameter', 'MissingParameter'],
  examples: [{ title: 'Tell what each instance cost in a month', params: { BillingCycle: '2026-01' } }],
  async handle(call, input) {
    const { id: accountId } = call.principal.account
    const day = input.Granularity === 'DAILY' ? input.BillingDate : undefined
    const period = periodOf(call, input)
    const now = Math.floor(call.now / 1000)
    const lines = await readBill(call.tx, { accountId, period, now, byItem: input.IsBillingItem })
    const wanted = [input.ProductCode, input.PipCode].filter(code => code !== undefined)
    const found = lines.filter(
      line =>
        (input.InstanceID === undefined || line.resource.id === input.InstanceID) &&
        wanted.every(code => code === productCodeOf(line)) &&
        (input.SubscriptionType ?? subscriptionTypeOf(line)) === subscriptionTypeOf(line) &&
        !(input.IsHideZeroCharge && toFen(line.amount) === 0n),
    )
    const skip = input.NextToken === undefined ? 0 : (readPlace(call, input.NextToken, 'b')[0] ?? 0)
    const end = skip + input.MaxResults
    return {
      Code: 'Success',
      Message: 'Successful!',
      Success: true,
      Data: {
        AccountID: accountId,
        AccountName: '',
        BillingCycle: input.BillingCycle,
        Items: found.slice(skip, end).map(line => toWireBill(line, accountId, day)),
        MaxResults: input.MaxResults,
        NextToken: end < found.length ? writePlace('b', end) : '',
        TotalCount: found.length,
      },
    }
  },
})

type BillCall = Call<'InvalidParameter' | 'MissingParameter'>

interface Wishes {
  readonly BillingCycle: string
  readonly Granularity: 'MONTHLY' | 'DAILY'
  readonly BillingDate: string | undefined
}

/** Seconds since the epoch. */
function periodOf(call: BillCall, { BillingCycle: month, Granularity, BillingDate: day }: Wishes): Period {
  const [year = 0, number = 0] = monthOf(Math.floor(call.now / 1000))
    .split('-')
    .map(Number)
  const [asked = 0, askedNumber = 0] = month.split('-').map(Number)
  const age = year * 12 + number - (asked * 12 + askedNumber)
  if (age >= cycles) return call.fail('InvalidParameter', { name: 'BillingCycle' })
  if (Granularity === 'DAILY' && day === undefined) return call.fail('MissingParameter', { name: 'BillingDate' })
  const period = Granularity === 'DAILY' ? dayPeriod(day ?? '') : monthPeriod(month)
  if (period === undefined || (Granularity === 'DAILY' && !day?.startsWith(month))) {
    return call.fail('InvalidParameter', { name: 'BillingDate' })
  }
  return period
}
