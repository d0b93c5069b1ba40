import { chinaTime } from '../domain/time.ts'
import type { CostAnswer } from '../services/billing/cost.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { formatTable } from './table.ts'

export interface CostFlags extends ControlFlags {
  readonly from?: string
  readonly until?: string
  readonly by?: string
  readonly account?: string
  readonly json?: boolean
}

const names: Readonly<Record<string, string>> = {
  compute: 'compute',
  image: 'image licences',
  systemDisk: 'system disks',
  dataDisk: 'data disks',
  bandwidth: 'fixed bandwidth',
  eip: 'EIPs',
}
/** Columns that the longest bar takes. */
const barWidth = 24
/** Lines shown; --json has them all. */
const lineLimit = 40

export async function showCost(flags: CostFlags): Promise<void> {
  const query = new URLSearchParams()
  for (const name of ['from', 'until', 'by', 'account'] as const) {
    const value = flags[name]
    if (value !== undefined) query.set(name, value)
  }
  const cost = (await connect(flags).call('GET', `/cost?${query.toString()}`)) as CostAnswer
  say(flags.json === true ? JSON.stringify(cost, undefined, 2) : describeCost(cost))
}

function describeCost(cost: CostAnswer): string {
  const head = `Cost from ${inChina(cost.from)} to ${inChina(cost.until)} (UTC+8), CNY, by an illustrative price list`
  if (cost.lines.length === 0) return `${head}\n\n  Nothing has cost anything.`
  return [head, '', describeLines(cost), '', describeTotal(cost), '', describeSavings(cost)].join('\n')
}

/** `2026-09-01 08:00` */
function inChina(time: string): string {
  return chinaTime(Date.parse(time)).slice(0, 16).replace('T', ' ')
}

function describeLines({ by, lines }: CostAnswer): string {
  const most = Math.max(...lines.map(line => line.total))
  const shown = lines.slice(0, lineLimit)
  const width = Math.max('CNY'.length, ...shown.map(line => yuan(line.total).length))
  const rows = shown.map(line => {
    const [key, amount, picture] = [line.key, yuan(line.total).padStart(width), bar(line.total / most)]
    if (by === 'instance') return [key, line.name ?? '', line.type ?? '', amount, picture]
    return [by === 'item' ? (names[key] ?? key) : key, amount, picture]
  })
  const heading = by === 'instance' ? ['INSTANCE', 'NAME', 'TYPE'] : [by.toUpperCase()]
  const table = formatTable([[...heading, 'CNY'.padStart(width)], ...rows])
  return lines.length > lineLimit ? `${table}\n  … and ${lines.length - lineLimit} more; --json has them all` : table
}

/** Full blocks and one of eighths, so that small differences show. */
function bar(part: number): string {
  const eighths = Number.isFinite(part) ? Math.round(part * barWidth * 8) : 0
  const rest = eighths % 8
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : String.fromCodePoint(0x25_90 - rest))
}

function describeTotal({ total, items }: CostAnswer): string {
  const parts = Object.entries(items).map(([item, amount]) => `${names[item] ?? item} ${yuan(amount)}`)
  return `Total ${yuan(total)}: ${parts.join(', ')}.`
}

function describeSavings({ savings }: CostAnswer): string {
  const { economical, standard, saved } = savings
  const lines: string[] = []
  if (economical.instanceSeconds === 0)
    lines.push('Nothing was saved by stopping: no instance was off in economical mode.')
  else {
    lines.push(
      `Stopping in economical mode saved ${yuan(saved)} in ${hours(economical.instanceSeconds)}. Running all the time it would have`,
      `been ${yuan(savings.ifAlwaysRunning)}, and stopped in standard mode (KeepCharging) ${yuan(savings.ifKeepCharging)}.`,
      `It was not more, because disks went on costing while off: ${yuan(economical.disksWentOn)}; EIPs too: ${yuan(economical.eipsWentOn)}.`,
    )
  }
  if (standard.instanceSeconds > 0) {
    lines.push(
      `${hours(standard.instanceSeconds)} off in standard mode saved nothing and cost ${yuan(standard.cost)}; economical mode would have`,
      `saved ${yuan(standard.economicalWouldHaveSaved)} of that.`,
    )
  }
  if (standard.ineligibleInstanceSeconds > 0) {
    lines.push(
      `${hours(standard.ineligibleInstanceSeconds)} of them are of instances that cannot stop in economical mode.`,
    )
  }
  return lines.join('\n')
}

function hours(seconds: number): string {
  const amount = (seconds / 3600).toLocaleString('en-US', { maximumFractionDigits: 1 })
  return `${amount} instance-${amount === '1' ? 'hour' : 'hours'}`
}

function yuan(amount: number): string {
  return amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}
