import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Row, Sample } from '../row.ts'
import { measureBareNode } from '../server.ts'
import { type Form, hasForm, startSubject } from '../subject.ts'

export const startRow: Row = {
  name: 'start',
  title: 'Process start to first signed answer, fresh store',
  measures: [
    { name: 'from source', unit: 'ms', goal: { most: 300 } },
    { name: 'from the built package', unit: 'ms', goal: { most: 150 } },
  ],
  async prepare({ folder }) {
    return async () => {
      const { startMs: reference } = await measureBareNode()
      const measure = async (form: Form): Promise<Sample | undefined> =>
        hasForm(form) ? { value: await measureStart(folder, form), reference } : undefined
      return [await measure('source'), await measure('package')]
    }
  },
}

async function measureStart(parent: string, form: Form): Promise<number> {
  const folder = await mkdtemp(join(parent, 'fresh-'))
  try {
    await using subject = await startSubject({ folder, form })
    return subject.readyMs
  } finally {
    await rm(folder, { recursive: true })
  }
}
