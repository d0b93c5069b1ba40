import { connect, type Socket } from 'node:net'
import { processorTime } from './processor-time.ts'

/** A process that answers on a port. */
export interface Target {
  readonly port: number
  readonly pid: number
}

export interface LoadOptions {
  readonly connections: number
  /** Answers that are measured. */
  readonly count: number
  /**
   * How long the load runs before the measurement begins; less when only `count` requests are left. 0 measures from
   * the first request on.
   */
  readonly leadMs?: number
}

export interface LoadFigures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Processor time of the servers per measured call, ms; undefined where it can't be read. */
  readonly processorMs: number | undefined
  /** Requests that were sent, those before the measurement included. */
  readonly sent: number
}

/**
 * A closed loop, over one server or several that take turns with the connections: every connection sends its next
 * request when it has the answer to the last. The requests are ready made, so that the clock sees the server and not
 * the signing. The first answer that is not a success ends the load with an error.
 */
export async function load(
  target: Target | readonly Target[],
  requests: readonly Buffer[],
  options: LoadOptions,
): Promise<LoadFigures> {
  const { connections, count, leadMs = 0 } = options
  if (requests.length < count) throw new Error(`${count} answers can't come from ${requests.length} requests.`)
  const targets = [target].flat()
  const pids = targets.map(({ pid }) => pid)
  const opened = Array.from({ length: Math.min(connections, requests.length) }, (_, index) =>
    open(targets[index % targets.length]?.port ?? 0),
  )
  const sockets = await Promise.all(opened)
  try {
    return await new Promise<LoadFigures>((resolve, reject) => {
      const latencies = new Float64Array(count)
      const startedAt = performance.now()
      let measuredFrom = leadMs === 0 ? startedAt : undefined
      let usedBefore = processorTime(pids)
      let sent = 0
      let answered = 0
      let measured = 0
      const onAnswer = (latency: number, now: number) => {
        answered++
        if (measuredFrom !== undefined) latencies[measured++] = latency
        else if (now - startedAt >= leadMs || answered === requests.length - count) {
          measuredFrom = now
          usedBefore = processorTime(pids)
        }
        if (measured !== count) return
        const used = processorTime(pids)
        const processorMs = used === undefined || usedBefore === undefined ? undefined : (used - usedBefore) / count
        resolve({ ...summarize(latencies, now - (measuredFrom ?? startedAt)), processorMs, sent })
      }
      for (const socket of sockets) drive(socket, () => requests[sent++], onAnswer, reject)
    })
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

/** Sends the first request, and the next one on each answer, until there are no more. */
function drive(
  socket: Socket,
  next: () => Buffer | undefined,
  onAnswer: (latency: number, now: number) => void,
  reject: (reason: Error) => void,
): void {
  let sentAt = 0
  let chunks: Buffer[] = []
  let missing: number | undefined
  const send = () => {
    const request = next()
    if (request === undefined) return
    sentAt = performance.now()
    socket.write(request)
  }
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('The server closed a connection in the middle of the load.')))
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    missing = missing === undefined ? bytesMissing(chunks) : missing - chunk.length
    if (missing === undefined || missing > 0) return
    const refusal = missing === 0 ? refusalIn(chunks) : `an answer of unclear length: ${joined(chunks).toString()}`
    if (refusal !== undefined) return reject(new Error(`A call of the load was refused: ${refusal}`))
    chunks = []
    missing = undefined
    const now = performance.now()
    onAnswer(now - sentAt, now)
    send()
  })
  send()
}

/** What is still to come of the answer that begins with these chunks; undefined in the middle of its head. */
function bytesMissing(chunks: readonly Buffer[]): number | undefined {
  const start = joined(chunks)
  const headEnd = start.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const length = /content-length: *(\d+)/i.exec(start.toString('latin1', 0, headEnd))?.[1]
  return headEnd + 4 + Number(length) - start.length
}

/** The answer, when it is anything but 200 with a JSON object that has a request id. */
function refusalIn(chunks: readonly Buffer[]): string | undefined {
  const first = joined(chunks.slice(0, 2))
  const isOk = first.toString('latin1', 0, 12) === 'HTTP/1.1 200' && first.includes('\r\n\r\n{"RequestId":"')
  return isOk ? undefined : joined(chunks).toString()
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function summarize(latencies: Float64Array, tookMs: number): Pick<LoadFigures, 'perSecond' | 'p50' | 'p99'> {
  const sorted = latencies.toSorted()
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
  return { perSecond: (latencies.length / tookMs) * 1000, p50: at(0.5), p99: at(0.99) }
}
