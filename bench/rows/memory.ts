import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeAll } from '../requests.ts'
import type { Figure, Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import type { SubjectOptions, Workshop } from '../workshop.ts'

export const memoryRow: Row = {
  name: 'memory',
  title: 'Resident memory of the built package; reference: a Node that runs nothing',
  measures: [
    { name: 'idle', unit: 'MB', goal: { most: 70 } },
    { name: '10,000 instances, seeded and listed', unit: 'MB', goal: { most: 130 } },
  ],
  async prepare(workshop) {
    const { quick, fleet, packaged } = workshop
    const { seedFile } = await fleet(quick ? 2_000 : 10_000)
    const root = await packaged()
    if (root === undefined) return { measure: async () => [undefined, undefined] }
    // Node's compile cache is filled by what ends in good order.
    await measureMemory(workshop, { root, seedFile })
    return {
      measure: async () => [await measureMemory(workshop, { root }), await measureMemory(workshop, { root, seedFile })],
      async reference() {
        const { residentMB, processorMs } = await measureBareNode()
        const figure = { value: residentMB, processorMs }
        return [figure, figure]
      },
    }
  },
}

async function measureMemory({ start, newFolder }: Workshop, options: SubjectOptions): Promise<Figure> {
  const folder = await newFolder()
  try {
    await using subject = await start({ ...options, folder })
    if (options.seedFile !== undefined) await describeAll(subject.port)
    await sleep(500)
    const figure = { value: subject.residentMB(), processorMs: subject.processorMs() }
    await subject.stop()
    return figure
  } finally {
    await rm(folder, { recursive: true })
  }
}
