import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeAll } from '../requests.ts'
import type { Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import { startSubject } from '../subject.ts'

export const memoryRow: Row = {
  name: 'memory',
  title: 'Resident memory',
  measures: [
    { name: 'idle', unit: 'MB', goal: { most: 80 } },
    { name: '10,000 instances, seeded and listed', unit: 'MB', goal: { most: 120 } },
  ],
  async prepare({ quick, folder, fleet }) {
    const { seedFile } = await fleet(quick ? 2_000 : 10_000)
    return async () => {
      const { residentMB: reference } = await measureBareNode()
      const idle = await measureMemory(folder)
      const full = await measureMemory(folder, seedFile)
      return [
        { value: idle, reference },
        { value: full, reference },
      ]
    }
  },
}

async function measureMemory(parent: string, seedFile?: string): Promise<number> {
  const folder = await mkdtemp(join(parent, 'fresh-'))
  try {
    await using subject = await startSubject(seedFile === undefined ? { folder } : { folder, seedFile })
    if (seedFile !== undefined) await describeAll(subject.port)
    await sleep(500)
    return subject.residentMB()
  } finally {
    await rm(folder, { recursive: true })
  }
}
