import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from '../load.ts'
import { describeAll, stopRequests } from '../requests.ts'
import type { Figure, Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import type { Fleet, Workshop } from '../workshop.ts'

/** More than the longest stop takes. */
const patienceMs = 15_000

export const restartRow: Row = {
  name: 'restart',
  title: 'Restart after a kill, 10,000 instances in mid-stop',
  measures: [
    {
      name: 'process start to first signed answer; reference: a Node that runs nothing',
      unit: 'ms',
      goal: { most: 500 },
    },
    { name: 'lost: not Stopped in the end', unit: 'instances', goal: { most: 0 } },
  ],
  async prepare(workshop) {
    const all = await workshop.fleet(workshop.quick ? 2_000 : 10_000)
    return {
      measure: () => measureRestart(workshop, all),
      async reference() {
        const { startMs, processorMs } = await measureBareNode()
        return [{ value: startMs, processorMs }, undefined]
      },
    }
  },
}

async function measureRestart({ start }: Workshop, fleet: Fleet): Promise<Figure[]> {
  const folder = await fleet.copy()
  try {
    await using first = await start({ folder })
    const stops = stopRequests(fleet.ids, 100)
    await load(first, stops, { connections: 8, count: stops.length })
    await first.kill()
    await using second = await start({ folder })
    const ready = { value: second.readyMs, processorMs: second.processorMs() }
    const giveUpAt = performance.now() + patienceMs
    for (;;) {
      const stopped = (await describeAll(second.port)).filter(instance => instance.status === 'Stopped').length
      const lost = fleet.ids.length - stopped
      if (lost === 0 || performance.now() > giveUpAt) return [ready, { value: lost }]
      await sleep(250)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
