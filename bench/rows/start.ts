import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import { assemblePackage, startSubject } from '../subject.ts'

export const startRow: Row = {
  name: 'start',
  title: 'Process start to first signed answer, fresh store',
  measures: [
    { name: 'from source', unit: 'ms', goal: { most: 300 } },
    { name: 'from the built package', unit: 'ms', goal: { most: 150 } },
  ],
  async prepare({ folder }) {
    const packaged = await assemblePackage(folder)
    return async () => {
      const { startMs: reference } = await measureBareNode()
      const source = { value: await measureStart(folder), reference }
      if (packaged === undefined) return [source, undefined]
      return [source, { value: await measureStart(folder, packaged), reference }]
    }
  },
}

async function measureStart(parent: string, program?: string): Promise<number> {
  const folder = await mkdtemp(join(parent, 'fresh-'))
  try {
    await using subject = await startSubject(program === undefined ? { folder } : { folder, program })
    return subject.readyMs
  } finally {
    await rm(folder, { recursive: true })
  }
}
