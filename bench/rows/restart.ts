import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from '../load.ts'
import { describeAll, stopRequests } from '../requests.ts'
import type { Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import { type Fleet, startSubject } from '../subject.ts'

/** More than the longest stop takes. */
const patienceMs = 15_000

export const restartRow: Row = {
  name: 'restart',
  title: 'Restart after a kill, 10,000 instances in mid-stop',
  measures: [
    { name: 'process start to first signed answer', unit: 'ms', goal: { most: 500 } },
    { name: 'lost: not Stopped in the end', unit: 'instances', goal: { most: 0 } },
  ],
  async prepare({ quick, fleet }) {
    const all = await fleet(quick ? 2_000 : 10_000)
    return async () => {
      const { startMs: reference } = await measureBareNode()
      const { readyMs, lost } = await measureRestart(all)
      return [{ value: readyMs, reference }, { value: lost }]
    }
  },
}

async function measureRestart(fleet: Fleet): Promise<{ readyMs: number; lost: number }> {
  const folder = await fleet.copy()
  try {
    await using first = await startSubject({ folder })
    const stops = stopRequests(fleet.ids, 100)
    await load(first.port, stops, { connections: 8, count: stops.length })
    await first.kill()
    await using second = await startSubject({ folder })
    const giveUpAt = performance.now() + patienceMs
    for (;;) {
      const stopped = (await describeAll(second.port)).filter(instance => instance.status === 'Stopped').length
      const lost = fleet.ids.length - stopped
      if (lost === 0 || performance.now() > giveUpAt) return { readyMs: second.readyMs, lost }
      await sleep(250)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
