import { toYuan } from '../../../domain/billing/money.ts'
import type { CostItem } from '../../../domain/billing/report.ts'
import type { BillLine } from '../../../services/billing/bill.ts'

/** Names and codes of what is billed. */
const items = {
  compute: ['ECS instance', 'instance_type'],
  image: ['Image', 'image'],
  systemDisk: ['System disk', 'systemdisk'],
  dataDisk: ['Data disk', 'datadisk'],
  bandwidth: ['Bandwidth', 'bandwidth'],
  eip: ['EIP configuration fee', 'eip'],
} as const satisfies Record<CostItem, readonly [string, string]>

const products = {
  instance: ['ecs', 'Elastic Compute Service'],
  eip: ['eip', 'Elastic IP Address'],
} as const

export function productCodeOf({ resource }: BillLine): string {
  return products[resource.kind][0]
}

export function subscriptionTypeOf({ kind }: BillLine): 'PayAsYouGo' | 'Subscription' {
  return kind === 'PayAsYouGoBill' ? 'PayAsYouGo' : 'Subscription'
}

/** A line as DescribeInstanceBill shows it; every figure is rounded for itself. */
export function toWireBill(line: BillLine, accountId: string, day: string | undefined) {
  const { resource, instance, item, seconds } = line
  const [code, product] = products[resource.kind]
  const amount = toYuan(line.amount)
  return {
    AdjustAmount: 0,
    AfterDiscountAmount: amount,
    BillAccountID: accountId,
    BillAccountName: '',
    ...(day === undefined ? {} : { BillingDate: day }),
    ...(item === undefined ? {} : { BillingItem: items[item][0], BillingItemCode: items[item][1] }),
    BillingType: 'Other',
    BizType: '',
    CashAmount: amount,
    CommodityCode: code,
    CostUnit: 'Not allocated',
    Currency: 'CNY',
    DeductedByCashCoupons: 0,
    DeductedByCoupons: 0,
    DeductedByPrepaidCard: 0,
    DeductedByResourcePackage: '0',
    InstanceConfig: '',
    InstanceID: resource.id,
    InstanceSpec: line.type,
    InternetIP: instance?.publicIp || instance?.eip || '',
    IntranetIP: instance?.privateIp ?? '',
    InvoiceDiscount: 0,
    Item: line.kind,
    ItemName: '',
    NickName: line.name,
    OutstandingAmount: 0,
    OwnerID: accountId,
    PaymentAmount: amount,
    PipCode: code,
    PretaxAmount: amount,
    PretaxGrossAmount: amount,
    ProductCode: code,
    ProductDetail: product,
    ProductName: product,
    ProductType: '',
    Region: resource.regionId,
    ResourceGroup: instance?.resourceGroupId ?? '',
    ServicePeriod: String(seconds),
    ServicePeriodUnit: 'Second',
    SubscriptionType: subscriptionTypeOf(line),
    Tag: Object.entries(line.tags)
      .map(([key, value]) => `key:${key} value:${value}`)
      .join('; '),
    ...(item === undefined ? {} : { Usage: String(seconds), UsageUnit: 'Second' }),
    Zone: instance?.zoneId ?? '',
  }
}
