import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const lookEveryMs = 50

/** Stands for a balancer: hands calls in turn to the servers whose health is 200. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Ports of the servers that get calls at the moment. */
  inUse(): readonly number[]
}

export async function startProxy(ports: readonly number[]): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  const healthy = new Set<number>()
  let turn = 0
  const look = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/_localyun/health`).catch(() => undefined)
    if (answer?.status === 200) healthy.add(port)
    else healthy.delete(port)
  }
  const lookAll = () => Promise.all(ports.map(look))
  const looking = setInterval(() => void lookAll(), lookEveryMs)
  const server = createServer((incoming, response) => {
    const choice = [...healthy]
    const port = choice[turn++ % choice.length]
    if (port === undefined) response.writeHead(502).end()
    else pass(incoming, response, { agent, port })
  }).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), lookAll()])
  return {
    port: (server.address() as AddressInfo).port,
    inUse: () => [...healthy],
    async [Symbol.asyncDispose]() {
      clearInterval(looking)
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

/** Nothing is sent twice: a call that breaks is the caller's to see. */
function pass(incoming: IncomingMessage, response: ServerResponse, to: { agent: Agent; port: number }): void {
  const { method, url, headers } = incoming
  const onward = request({ ...to, host: '127.0.0.1', method, path: url, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.writeHead(502).end())
  incoming.pipe(onward)
}
