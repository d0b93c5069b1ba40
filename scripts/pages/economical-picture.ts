import { listPrices } from '../../src/domain/prices/list-prices.ts'
import { type RateItem, ratesOf } from '../../src/domain/prices/rates.ts'
import { findInstanceType } from '../../src/domain/catalogue/instance-types.ts'
import { creditsAt } from '../../src/domain/instances/burst-credits.ts'
import { holdsCapacity } from '../../src/domain/instances/capacity.ts'
import { decideStart } from '../../src/domain/instances/power.ts'
import type { InstanceFacts, StopMode } from '../../src/domain/instances/types.ts'
import { refusalError } from '../../src/operations/ecs/instances/refusals.ts'
import { billedInstance } from './billing-picture.ts'
import { gridPicture, type GridRow } from './grid-picture.ts'
import { situation } from './states.ts'

type Phase = Pick<InstanceFacts, 'status' | 'operation' | 'stopMode'>

/** What a stopped and started instance goes through, from left to right. */
const names = [['Running'], ['Stopping'], ['Stopped,', 'giving back'], ['Stopped'], ['Starting'], ['Running', 'again']]

function phasesOf(stopMode: StopMode): Phase[] {
  const ended = stopMode === 'StopCharging' ? 'deallocate' : null
  return [
    { status: 'Running', operation: null, stopMode: null },
    { status: 'Stopping', operation: 'stop', stopMode },
    { status: 'Stopped', operation: ended, stopMode },
    { status: 'Stopped', operation: null, stopMode },
    { status: 'Starting', operation: 'start', stopMode },
    { status: 'Running', operation: null, stopMode: null },
  ]
}

/** What a stop of either mode does in the course of time, drawn from the rules that do it. */
export function economicalPicture(): string {
  return gridPicture({
    title: 'What an economical stop gives up, and a standard stop keeps',
    columns: names,
    columnWidth: 148,
    rows: [
      { name: 'Economical (StopCharging)', cells: [] },
      ...rowsOf('StopCharging'),
      { name: 'Standard (KeepCharging)', cells: [] },
      ...rowsOf('KeepCharging'),
    ],
  })
}

function rowsOf(stopMode: StopMode): GridRow[] {
  const phases = phasesOf(stopMode)
  const row = (name: string, holds: (phase: Phase) => boolean, word?: (phase: Phase, index: number) => string) => ({
    name,
    cells: phases.map((phase, index) => {
      const filled = holds(phase)
      const text = word?.(phase, index) ?? ''
      return text === '' ? { filled } : { filled, text }
    }),
  })
  const isOff = (phase: Phase) => phase.status === 'Stopped' && phase.stopMode === 'StopCharging'
  const isBilled = (item: RateItem) => (phase: Phase) =>
    ratesOf(Object.assign({}, billedInstance, phase), listPrices).rates[item] > 0
  return [
    row('vCPU and memory', holdsCapacity),
    row(
      'static public IP',
      phase => !isOff(phase),
      (phase, index) => (stopMode === 'StopCharging' && !isOff(phase) ? (index < 3 ? 'one' : 'another') : ''),
    ),
    row('private IP, EIP', () => true),
    row('CPU credits', phase => creditsOf(phase) > 0),
    row('compute billed', isBilled('compute')),
    row('disks billed', isBilled('systemDisk')),
    row('a start', phase => answerToStart(phase) === 'accepted', answerToStart),
  ]
}

function creditsOf(phase: Phase): number {
  return creditsAt({ ...phase, creditsSince: 0 }, findInstanceType('ecs.t6-c2m1.large'), 0) ?? 0
}

/** What StartInstance answers when the zone has no room left. */
function answerToStart(phase: Phase): string {
  const decision = decideStart(situation(phase), { isOutbid: false, hasRoom: holdsCapacity(phase) })
  if ('plan' in decision) return 'accepted'
  const [code] = refusalError('StartInstance', decision.refusal, { operation: 'StartInstance', region: '' })
  return code === 'OperationDenied.NoStock' ? 'if there is stock' : code
}
