import { Agent, request } from 'node:http'

/** One call, ready to be sent. */
export interface PeerCall {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PeerFigures {
  readonly perSecond: number
  /** ms. */
  readonly p50: number
}

/**
 * A closed loop that fits every HTTP server, also one that closes the connection after each answer: the connections are
 * kept as long as the server keeps them.
 */
export async function callInLoop(port: number, calls: readonly PeerCall[], width: number): Promise<PeerFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: width })
  const latencies: number[] = []
  let next = 0
  const startedAt = performance.now()
  const work = async () => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      const sentAt = performance.now()
      await send(port, call, agent)
      latencies.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  const perSecond = (calls.length / (performance.now() - startedAt)) * 1000
  agent.destroy()
  return { perSecond, p50: latencies.sort((a, b) => a - b)[latencies.length >> 1] ?? 0 }
}

/** Sends a call and returns the text of its answer; anything but 200 is an error. */
export function send(port: number, { headers, body }: PeerCall, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const options = { port, host: '127.0.0.1', method: 'POST', headers: { ...headers, ...length } }
    const sent = request(agent === undefined ? options : { ...options, agent }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text)
        else reject(new Error(`A call was answered ${answer.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
