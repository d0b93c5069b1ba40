import { load } from '../load.ts'
import { answerBytes, describePage, signedRequest } from '../requests.ts'
import type { Figures, Row } from '../row.ts'
import type { Server } from '../server.ts'
import { startNullServer } from '../workshop.ts'

const warmUp = 1_000

const describeInstancesRow: Row = {
  name: 'describe',
  title: 'DescribeInstances, pages of 100 out of 100,000 by NextToken',
  measures: [
    { name: 'p50, one connection', unit: 'ms', goal: { most: 2 } },
    { name: 'throughput, 8 connections', unit: 'pages/s', goal: { least: 1_500 } },
  ],
  async prepare({ quick, fleet, withSubject }) {
    const all = await fleet(quick ? 2_000 : 100_000)
    const calls = quick ? 20 : 8_000
    const serial = { connections: 1, count: quick ? 20 : 500, leadMs: quick ? 0 : warmUp }
    const parallel = { ...serial, connections: 8, count: quick ? 20 : 2_000 }
    const { tokens, bytes } = await withSubject(all, subject => walk(subject.port))
    /** Pages from all depths, in an order that no cache of neighbours helps. */
    const requests = () =>
      Array.from({ length: calls }, (_, index) => {
        const token = tokens[(index * 617) % tokens.length] ?? ''
        return signedRequest('DescribeInstances', { MaxResults: '100', NextToken: token })
      })
    const measure = async (server: Server): Promise<Figures> => {
      const one = await load(server, requests(), serial)
      const eight = await load(server, requests(), parallel)
      return [
        { value: one.p50, processorMs: one.processorMs },
        { value: eight.perSecond, processorMs: eight.processorMs },
      ]
    }
    return {
      measure: () => withSubject(all, measure),
      async reference() {
        await using server = await startNullServer(bytes)
        return await measure(server)
      },
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

/** What who waits for a batch asks again and again. */
const describeStatusRow: Row = {
  name: 'describe-status',
  title: 'DescribeInstanceStatus of 50 ids out of 100,000, one connection',
  measures: [{ name: 'p50', unit: 'ms', goal: { most: 1 } }],
  async prepare({ quick, fleet, withSubject }) {
    const all = await fleet(quick ? 2_000 : 100_000)
    const plan = { connections: 1, count: quick ? 20 : 1_000, leadMs: quick ? 0 : warmUp }
    const params = (call: number) => {
      const ids = Array.from({ length: 50 }, (_, index) => all.ids[(call * 617 + index * 1_999) % all.ids.length] ?? '')
      return { PageSize: '50', ...Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id])) }
    }
    const requests = () =>
      Array.from({ length: quick ? 20 : 6_000 }, (_, call) => signedRequest('DescribeInstanceStatus', params(call)))
    const measure = async (server: Server): Promise<Figures> => {
      const { p50, processorMs } = await load(server, requests(), plan)
      return [{ value: p50, processorMs }]
    }
    const bytes = await withSubject(all, ({ port }) => answerBytes(port, 'DescribeInstanceStatus', params(0)))
    return {
      measure: () => withSubject(all, measure),
      async reference() {
        await using server = await startNullServer(bytes)
        return await measure(server)
      },
    }
  },
}

export const describeRows: readonly Row[] = [describeInstancesRow, describeStatusRow]
