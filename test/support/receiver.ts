import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The body, parsed. */
  readonly event: Record<string, any>
  /** What it was answered with; 0 for a request that gets no answer. */
  readonly status: number
}

/** A status; `hang` never answers. */
type Verdict = number | 'hang' | { readonly status: number; readonly headers: Record<string, string> }

/** Something that takes webhooks; `judge` decides on each request and can be replaced. */
export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly received: Received[]
  judge: (event: Record<string, any>) => Verdict
  /** What was accepted, as `instance State`, in the order of arrival. */
  accepted(): string[]
}

export async function startReceiver(judge: Receiver['judge'] = () => 204, port = 0): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const event = JSON.parse(body) as Record<string, any>
      const verdict = receiver.judge(event)
      const { status, headers } =
        typeof verdict === 'object' ? verdict : { status: verdict === 'hang' ? 0 : verdict, headers: {} }
      received.push({ headers: request.headers, body, event, status })
      if (status !== 0) response.writeHead(status, headers).end()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    judge,
    accepted: () =>
      received
        .filter(one => one.status >= 200 && one.status < 300)
        .map(({ event }) => `${event['data'].resourceId} ${event['data'].state}`),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return receiver
}
