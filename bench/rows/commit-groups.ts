import { load } from '../load.ts'
import { control, stopRequests } from '../requests.ts'
import type { Figure, Row } from '../row.ts'

const widths = [1, 8, 32, 128] as const

/** How many calls share one commit, and so one sync of the disk. */
export const commitGroupsRow: Row = {
  name: 'commit-groups',
  title: 'StopInstances, 1 id, on SQLite',
  extra: true,
  measures: widths.flatMap(width => [
    { name: `calls per commit, ${width} ${width === 1 ? 'connection' : 'connections'}`, unit: 'calls' },
    { name: 'calls/s at that', unit: 'calls/s' },
  ]),
  async prepare({ quick, fleet, withSubject }) {
    const all = await fleet(quick ? 2_000 : 100_000)
    const count = quick ? 20 : 4_000
    return {
      measure: () =>
        withSubject(all, async subject => {
          const figures: Figure[] = []
          for (const [index, connections] of widths.entries()) {
            const requests = stopRequests(all.ids.slice(index * count, (index + 1) * count), 1)
            const before = await readCommits(subject.port)
            const { perSecond, processorMs } = await load(subject, requests, { connections, count })
            const after = await readCommits(subject.port)
            const perCommit = (after.transactions - before.transactions) / (after.commits - before.commits)
            figures.push({ value: perCommit }, { value: perSecond, processorMs })
          }
          return figures
        }),
    }
  },
}

async function readCommits(port: number): Promise<{ commits: number; transactions: number }> {
  const text = await control<string>(port, 'GET', '/metrics')
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  const name = 'localyun_store_commit_transactions'
  return { commits: read(`${name}_count`), transactions: read(`${name}_sum`) }
}
