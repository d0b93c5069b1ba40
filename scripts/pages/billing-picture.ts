import { listPrices } from '../../src/domain/billing/list-prices.ts'
import { eipRate } from '../../src/domain/billing/prices.ts'
import { type BilledFacts, type RateItem, ratesOf } from '../../src/domain/billing/rates.ts'

const instance: BilledFacts = {
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

const [left, top, width, height] = [130, 56, 92, 34]

/** What is billed in which state, drawn from the rules that bill it. */
export function billingPicture(): string {
  const right = left + phases.length * width
  const bottom = top + items.length * height
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right + 12} ${bottom + 12}" font-family="sans-serif" font-size="13">
  <title>What is billed in which state</title>
  <rect width="100%" height="100%" fill="#ffffff"/>
${[...phases.flatMap(drawPhase), ...items.flatMap(drawItem)].map(line => `  ${line}`).join('\n')}
</svg>
`
}

function drawPhase({ name }: (typeof phases)[number], index: number): string[] {
  const x = left + index * width
  return name.map((line, at) => {
    const y = top - 26 + at * 16 + (name.length === 1 ? 16 : 0)
    return `<text x="${x + width / 2}" y="${y}" text-anchor="middle" fill="#24292f">${line}</text>`
  })
}

function drawItem({ name, rate }: (typeof items)[number], index: number): string[] {
  const y = top + index * height
  const cells = phases.map(({ change }, at) => {
    const isBilled = rate(change === undefined ? undefined : { ...instance, ...change }) > 0
    const x = left + at * width
    return `<rect x="${x}" y="${y}" width="${width - 2}" height="${height - 8}" fill="${isBilled ? '#1a7f5a' : '#e6e8eb'}"/>`
  })
  return [`<text x="${left - 10}" y="${y + 18}" text-anchor="end" fill="#24292f">${name}</text>`, ...cells]
}
