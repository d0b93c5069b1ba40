import { control, regionId, signedForm } from '../requests.ts'
import type { Workshop } from '../workshop.ts'
import { callInLoop, type PeerCall, send } from './client.ts'
import { installMoto, motoCall, runMotoInstances, startMoto } from './moto.ts'

/** What is compared, in the order of the table. */
const lines = [
  { name: 'Process start to first answer', unit: 'ms', lessIsBetter: true },
  { name: 'Resident memory, idle', unit: 'MB', lessIsBetter: true },
  { name: 'Stop, 1 id, one connection: p50', unit: 'ms', lessIsBetter: true },
  { name: 'Stop, 1 id, 8 connections', unit: 'calls/s', lessIsBetter: false },
  { name: 'Stop, 1 id, 32 connections', unit: 'calls/s', lessIsBetter: false },
  { name: 'Stop, 100 ids, one connection: p50', unit: 'ms', lessIsBetter: true },
  { name: 'Resident memory after that', unit: 'MB', lessIsBetter: true },
] as const

interface Contestant {
  readonly port: number
  readonly readyMs: number
  residentMB(): number
  readonly ids: readonly string[]
  readonly stop: (ids: readonly string[]) => PeerCall
}

/** Measures both with the same client, in turns, and returns a table; undefined where moto can't be had. */
export async function compareWithMoto(
  workshop: Workshop,
  /** `motoServer` is one that is installed already. */
  { rounds, motoServer }: { readonly rounds: number; readonly motoServer: string | undefined },
): Promise<string | undefined> {
  const program = motoServer ?? (await installMoto(workshop.folder))
  if (program === undefined) return undefined
  const scale = workshop.quick ? 10 : 200
  const ours: number[][] = []
  const theirs: number[][] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await measureOwn(workshop, scale))
    theirs.push(await measureMoto(program, scale))
    process.stderr.write(`moto: round ${round + 1} of ${rounds}\n`)
  }
  return renderComparison(ours, theirs)
}

async function measureOwn({ start }: Workshop, scale: number): Promise<number[]> {
  await using server = await start()
  const seed = { instances: [{ region: regionId, count: countFor(scale) }] }
  return await measure(server, scale, async () => {
    const { instanceIds } = await control<{ instanceIds: string[] }>(server.port, 'POST', '/seed', seed)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return {
      ids: instanceIds,
      stop: ids => ({ headers, body: signedForm('StopInstances', { ...numbered(ids) }) }),
    }
  })
}

async function measureMoto(program: string, scale: number): Promise<number[]> {
  await using server = await startMoto(program)
  return await measure(server, scale, async () => ({
    ids: await runMotoInstances(server.port, countFor(scale)),
    stop: ids => motoCall('StopInstances', numbered(ids)),
  }))
}

/** Every call stops instances of its own that run. */
async function measure(
  server: Pick<Contestant, 'port' | 'readyMs' | 'residentMB'>,
  scale: number,
  fill: () => Promise<Pick<Contestant, 'ids' | 'stop'>>,
): Promise<number[]> {
  const { port, readyMs } = server
  const idleMB = server.residentMB()
  const { ids, stop } = await fill()
  let used = 0
  const take = (calls: number, batch: number) =>
    Array.from({ length: calls }, () => stop(ids.slice(used, (used += batch))))
  for (const call of take(scale / 2, 1)) await send(port, call)
  const serial = await callInLoop(port, take(scale, 1), 1)
  const eight = await callInLoop(port, take(scale * 2, 1), 8)
  const many = await callInLoop(port, take(scale * 2, 1), 32)
  const batches = await callInLoop(port, take(scale / 10, 100), 1)
  return [readyMs, idleMB, serial.p50, eight.perSecond, many.perSecond, batches.p50, server.residentMB()]
}

function countFor(scale: number): number {
  return scale / 2 + scale * 5 + (scale / 10) * 100
}

function numbered(ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id]))
}

function renderComparison(ours: readonly number[][], theirs: readonly number[][]): string {
  const median = (rounds: readonly number[][], index: number) =>
    rounds.map(round => round[index] ?? NaN).sort((a, b) => a - b)[rounds.length >> 1] ?? NaN
  const table = lines.map(({ name, unit, lessIsBetter }, index) => {
    const [own, peer] = [median(ours, index), median(theirs, index)]
    const factor = lessIsBetter ? peer / own : own / peer
    return `| ${name} | ${round(own)} ${unit} | ${round(peer)} ${unit} | ${round(factor)} times better |\n`
  })
  return `| What | localyun | moto | |\n| --- | --- | --- | --- |\n${table.join('')}`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}
