import { createLocalyun } from '../../src/index.ts'
import { load } from '../load.ts'
import { signedRequest } from '../requests.ts'
import type { Row } from '../row.ts'

export const libraryStartRow: Row = {
  name: 'library-start',
  title: 'createLocalyun to first signed answer, a fresh one after others in the same process',
  measures: [{ name: 'time', unit: 'ms', goal: { most: 50 } }],
  async prepare({ quick }) {
    return async () => {
      const times: number[] = []
      for (let round = 0; round < (quick ? 1 : 11); round++) times.push(await measureStart())
      return [{ value: times.sort((a, b) => a - b)[times.length >> 1] ?? 0 }]
    }
  },
}

async function measureStart(): Promise<number> {
  const startedAt = performance.now()
  await using cloud = await createLocalyun()
  const port = Number(new URL(cloud.url).port)
  await load(port, [signedRequest('DescribeRegions')], { connections: 1, count: 1 })
  return performance.now() - startedAt
}
