import { load } from '../load.ts'
import { describePage, signedRequest } from '../requests.ts'
import type { Row } from '../row.ts'
import { startNullServer, withSubject } from '../subject.ts'

const warmUp = 1_000

export const describeRow: Row = {
  name: 'describe',
  title: 'DescribeInstances, pages of 100 by NextToken',
  measures: [
    { name: 'p50, one connection', unit: 'ms', goal: { most: 3 } },
    { name: 'throughput, 8 connections', unit: 'pages/s', goal: { least: 1_500 } },
  ],
  async prepare({ quick, fleet }) {
    const all = await fleet(quick ? 2_000 : 100_000)
    const calls = quick ? 20 : 6_000
    const serial = { connections: 1, count: quick ? 20 : 500, leadMs: quick ? 0 : warmUp }
    const parallel = { ...serial, connections: 8, count: quick ? 20 : 2_000 }
    const { tokens, bytes } = await withSubject(all, subject => walk(subject.port))
    /** Pages from all depths, in an order that no cache of neighbours helps. */
    const requests = () =>
      Array.from({ length: calls }, (_, index) => {
        const token = tokens[(index * 617) % tokens.length] ?? ''
        return signedRequest('DescribeInstances', { MaxResults: '100', NextToken: token })
      })
    const measure = async (port: number) => ({
      p50: (await load(port, requests(), serial)).p50,
      perSecond: (await load(port, requests(), parallel)).perSecond,
    })
    return async () => {
      const ours = await withSubject(all, subject => measure(subject.port))
      await using reference = await startNullServer(bytes)
      const theirs = await measure(reference.port)
      return [
        { value: ours.p50, reference: theirs.p50 },
        { value: ours.perSecond, reference: theirs.perSecond },
      ]
    }
  },
}

/** The tokens of all pages but the first, and the size of a page. */
async function walk(port: number): Promise<{ tokens: string[]; bytes: number }> {
  const tokens: string[] = []
  for (
    let page = await describePage(port, '');
    page.nextToken !== '';
    page = await describePage(port, page.nextToken)
  ) {
    tokens.push(page.nextToken)
  }
  return { tokens, bytes: (await describePage(port, '')).bytes }
}
