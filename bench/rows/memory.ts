import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeAll } from '../requests.ts'
import type { Row } from '../row.ts'
import { measureBareNode } from '../server.ts'
import { assemblePackage, startSubject } from '../subject.ts'

export const memoryRow: Row = {
  name: 'memory',
  title: 'Resident memory of the built package',
  measures: [
    { name: 'idle', unit: 'MB', goal: { most: 80 } },
    { name: '10,000 instances, seeded and listed', unit: 'MB', goal: { most: 120 } },
  ],
  async prepare({ quick, folder, fleet }) {
    const { seedFile } = await fleet(quick ? 2_000 : 10_000)
    const program = await assemblePackage(folder)
    if (program === undefined) return async () => [undefined, undefined]
    return async () => {
      const { residentMB: reference } = await measureBareNode()
      const idle = await measureMemory(folder, program)
      const full = await measureMemory(folder, program, seedFile)
      return [
        { value: idle, reference },
        { value: full, reference },
      ]
    }
  },
}

async function measureMemory(parent: string, program: string, seedFile?: string): Promise<number> {
  const folder = await mkdtemp(join(parent, 'fresh-'))
  try {
    await using subject = await startSubject(
      seedFile === undefined ? { folder, program } : { folder, program, seedFile },
    )
    if (seedFile !== undefined) await describeAll(subject.port)
    await sleep(500)
    return subject.residentMB()
  } finally {
    await rm(folder, { recursive: true })
  }
}
