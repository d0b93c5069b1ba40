import { rm } from 'node:fs/promises'
import type { Figure, Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import type { Workshop } from '../workshop.ts'

export const startRow: Row = {
  name: 'start',
  title: 'Process start to first signed answer, fresh store; reference: a Node that runs nothing',
  measures: [
    { name: 'from source', unit: 'ms', goal: { most: 300 } },
    { name: 'from the built package', unit: 'ms', goal: { most: 150 } },
  ],
  async prepare(workshop) {
    const packaged = await workshop.packaged()
    const roots = packaged === undefined ? [workshop.root] : [workshop.root, packaged]
    // Node's compile cache is filled by what ends in good order.
    for (const root of roots) await measureStart(workshop, root)
    return {
      async measure() {
        const figures: Figure[] = []
        for (const root of roots) figures.push(await measureStart(workshop, root))
        return packaged === undefined ? [...figures, undefined] : figures
      },
      async reference() {
        const { startMs, processorMs } = await measureBareNode()
        const figure = { value: startMs, processorMs }
        return [figure, figure]
      },
    }
  },
}

async function measureStart({ start, newFolder }: Workshop, root: string): Promise<Figure> {
  const folder = await newFolder()
  try {
    await using subject = await start({ folder, root })
    const processorMs = subject.processorMs()
    await subject.stop()
    return { value: subject.readyMs, processorMs }
  } finally {
    await rm(folder, { recursive: true })
  }
}
