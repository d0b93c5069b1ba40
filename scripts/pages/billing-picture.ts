import { listPrices } from '../../src/domain/prices/list-prices.ts'
import { eipRate } from '../../src/domain/prices/prices.ts'
import { type BilledFacts, type RateItem, ratesOf } from '../../src/domain/prices/rates.ts'
import { gridPicture } from './grid-picture.ts'

export const billedInstance: BilledFacts = {
  type: 'ecs.g7.large',
  zoneId: 'cn-hangzhou-h',
  status: 'Running',
  stopMode: null,
  chargeType: 'PostPaid',
  spotStrategy: 'NoSpot',
  networkType: 'vpc',
  locks: [],
  imageId: 'win2022_21H2_x64_dtc_en-us_40G_alibase_20240528.vhd',
  internetChargeType: 'PayByBandwidth',
  details: {
    internetMaxBandwidthOut: 5,
    disks: (['system', 'data'] as const).map(kind => {
      return { kind, category: 'cloud_essd', performanceLevel: 'PL1', sizeGiB: 40 }
    }),
  },
}

const off = { status: 'Stopped' } as const
/** What an instance goes through, from left to right; undefined is after its release. */
const phases: readonly { readonly name: readonly string[]; readonly change: Partial<BilledFacts> | undefined }[] = [
  { name: ['Pending,', 'Starting'], change: { status: 'Starting' } },
  { name: ['Running'], change: {} },
  { name: ['Stopping'], change: { status: 'Stopping', stopMode: 'StopCharging' } },
  { name: ['Stopped', 'StopCharging'], change: { ...off, stopMode: 'StopCharging' } },
  { name: ['Starting,', 'Running'], change: {} },
  { name: ['Stopped', 'KeepCharging'], change: { ...off, stopMode: 'KeepCharging' } },
  { name: ['Stopped,', 'in arrears'], change: { ...off, locks: ['financial'] } },
  { name: ['released'], change: undefined },
]
/** Of a released instance there are no facts. */
type Rate = (facts: BilledFacts | undefined) => number
const rateOf =
  (item: RateItem): Rate =>
  facts =>
    facts === undefined ? 0 : ratesOf(facts, listPrices).rates[item]
const items: readonly { readonly name: string; readonly rate: Rate }[] = [
  { name: 'compute', rate: rateOf('compute') },
  { name: 'image licence', rate: rateOf('image') },
  { name: 'fixed bandwidth', rate: rateOf('bandwidth') },
  { name: 'system disk', rate: rateOf('systemDisk') },
  { name: 'data disks', rate: rateOf('dataDisk') },
  {
    name: 'EIP, fixed',
    rate: facts => eipRate({ chargeType: 'PayByBandwidth', mbps: 5, bound: facts !== undefined }, listPrices),
  },
]

/** What is billed in which state, drawn from the rules that bill it. */
export function billingPicture(): string {
  return gridPicture({
    title: 'What is billed in which state',
    columns: phases.map(phase => phase.name),
    columnWidth: 92,
    rows: items.map(({ name, rate }) => {
      const isBilled = ({ change }: (typeof phases)[number]) =>
        rate(change === undefined ? undefined : Object.assign({}, billedInstance, change)) > 0
      return { name, cells: phases.map(phase => ({ filled: isBilled(phase) })) }
    }),
  })
}
