import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { after } from '../platform/clock.ts'
import type { ErrorName } from './errors.ts'
import type { EventStream, HttpAnswer, HttpRequest } from './http.ts'
import { refuse } from './refuse.ts'

const headerLimit = 64 * 1024

export interface ServerOptions {
  /** Answers a request; must not throw. */
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>
  readonly newRequestId: () => string
  /** How large a body may be, bytes, by the request target. */
  readonly bodyLimit: (target: string) => number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Time for all headers to arrive, ms; default 10 s. */
  readonly headersTimeoutMs?: number
  /** Time for the whole request to arrive, ms; default 30 s. */
  readonly requestTimeoutMs?: number
}

/** The HTTP side: collects bodies within limits, hands requests on, and words what Node refuses by itself. */
export class HttpServer {
  readonly #options: ServerOptions
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  #draining = false

  constructor(options: ServerOptions) {
    this.#options = options
    const settings = {
      maxHeaderSize: headerLimit,
      // Node would refuse these without a word; a V3 signature misses its host by itself.
      requireHostHeader: false,
      keepAliveTimeout: 25_000,
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      connectionsCheckingInterval: Math.min(1_000, options.headersTimeoutMs ?? 10_000),
    }
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    // An import of node:http would evaluate all it exports, a WebSocket client among them: a tenth of the start-up time.
    this.#server =
      options.tls === undefined
        ? process.getBuiltinModule('node:http').createServer(settings, listener)
        : process.getBuiltinModule('node:https').createServer({ ...settings, ...options.tls }, listener)
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuse(error, socket as Socket))
  }

  /** Listens and returns the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Whether callers are asked to go elsewhere. */
  get isDraining(): boolean {
    return this.#draining
  }

  /** Goes on answering, but each answer ends its connection. */
  drain(): void {
    this.#draining = true
  }

  /** Stops accepting, waits for the calls in flight (at most `graceMs`), and closes every connection. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const response of this.#streams) response.end()
    this.#server.closeIdleConnections()
    const cancel = after(graceMs, () => this.#server.closeAllConnections())
    await closed
    cancel()
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { method = '', url: target = '/' } = message
      const headers = message.headers as Record<string, string | undefined>
      const body = await readBody(message, this.#options.bodyLimit(target))
      if (body === undefined) {
        this.#send(response, this.#word('RequestTooLarge', { target, headers }), true)
        message.resume()
        return
      }
      const remoteAddress = message.socket.remoteAddress ?? ''
      const answer = await this.#options.answer({ method, target, headers, remoteAddress, body })
      this.#send(response, answer, this.#draining || !this.#server.listening)
    } catch {
      // The client went away in the middle of its body: nobody is left to answer.
      response.destroy()
    }
  }

  #send(response: ServerResponse, answer: HttpAnswer, close: boolean): void {
    if (answer.drop === true) return void response.destroy()
    if (answer.stream !== undefined) return this.#stream(response, answer.headers, answer.stream)
    const length = Buffer.byteLength(answer.body)
    const headers: Record<string, string | number> = { ...answer.headers, 'content-length': length }
    if (close) headers['connection'] = 'close'
    response.writeHead(answer.status, headers)
    response.end(answer.body)
  }

  #stream(response: ServerResponse, headers: HttpAnswer['headers'], stream: EventStream): void {
    response.writeHead(200, headers)
    response.flushHeaders()
    const onGone = stream(
      chunk => void response.write(chunk),
      () => void response.end(),
    )
    this.#streams.add(response)
    response.on('close', () => {
      this.#streams.delete(response)
      onGone()
    })
  }

  /** Requests that Node gives up on never reach the listener; they get a worded answer all the same. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const answer = this.#word(refusals[error.code ?? ''] ?? 'MalformedRequest', { target: '', headers: {} })
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const length = Buffer.byteLength(answer.body)
    socket.end(
      `HTTP/1.1 ${answer.status} Refused\r\n${lines.join('')}content-length: ${length}\r\nconnection: close\r\n\r\n${answer.body}`,
    )
  }

  #word(name: ErrorName, request: Pick<HttpRequest, 'target' | 'headers'>): HttpAnswer {
    return refuse(this.#options.newRequestId(), request, name)
  }
}

const refusals: Readonly<Record<string, ErrorName>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  HPE_HEADER_OVERFLOW: 'RequestHeaderTooLarge',
}

const noBody = Buffer.alloc(0)

/** The body, or undefined when it is larger than the limit. */
function readBody(message: IncomingMessage, bodyLimit: number): Promise<Buffer | undefined> {
  const declared = message.headers['content-length']
  if (Number(declared) > bodyLimit) return Promise.resolve(undefined)
  if (declared === '0' || (declared === undefined && message.headers['transfer-encoding'] === undefined)) {
    message.resume()
    return Promise.resolve(noBody)
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > bodyLimit) resolve(undefined)
      else chunks.push(chunk)
    })
    // Nearly every body comes in one piece.
    message.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    message.on('error', reject)
  })
}
