import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { CommandFailure } from './command-failure.ts'
import { UsageError } from './usage-error.ts'

/** The flags that every client of a running server has. */
export interface ControlFlags {
  readonly server?: string
  readonly controlToken?: string
  readonly insecure?: boolean
}

/** The server refused what was asked; the message is its own. */
export class ControlRefusal extends CommandFailure {}

interface ServerEvent {
  readonly event: string
  readonly data: unknown
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The control API of a running server. Whatever goes wrong is a CommandFailure that names the server. */
export interface ControlClient {
  /** Where the server is, as messages name it. */
  readonly url: string
  call(method: Method, path: string, body?: unknown): Promise<unknown>
  /** The answer as it was sent. */
  text(method: Method, path: string, body?: unknown): Promise<string>
  /** Server-sent events until the server ends the stream; what it refuses beforehand is thrown. */
  events(method: Method, path: string, body?: unknown): AsyncGenerator<ServerEvent, void>
}

const defaultServer = 'http://127.0.0.1:8526'

/** Flags beat the environment; nothing is sent yet. */
export function connect(flags: ControlFlags): ControlClient {
  const base = readUrl(flags)
  const url = base.origin
  const token = readToken(flags)

  async function send(method: Method, path: string, body: unknown, accept: string): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      accept,
      'content-length': text === undefined ? 0 : Buffer.byteLength(text),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const target = new URL(`/_localyun${path}`, base)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request =
        base.protocol === 'https:'
          ? requestHttps(target, { method, headers, rejectUnauthorized: flags.insecure !== true })
          : requestHttp(target, { method, headers })
      request.on('response', resolve)
      request.on('error', reason => reject(explain(reason, base)))
      request.end(text)
    })
    if (response.statusCode !== 200) throw refusal(url, response.statusCode ?? 0, await readAll(response, base))
    return response
  }

  async function text(method: Method, path: string, body?: unknown): Promise<string> {
    return readAll(await send(method, path, body, 'application/json'), base)
  }

  return {
    url,
    text,
    async call(method, path, body) {
      const answer = parseJson(await text(method, path, body))
      if (answer === undefined) throw new CommandFailure(`What answers at ${url} is not a localyun server.`)
      return answer
    },
    async *events(method, path, body) {
      const response = await send(method, path, body, 'text/event-stream')
      let rest = ''
      for await (const chunk of chunksOf(response, base)) {
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) yield readEvent(block)
      }
    },
  }
}

function readUrl(flags: ControlFlags): URL {
  const fromEnvironment = process.env['LOCALYUN_ENDPOINT']
  const [text, origin] =
    flags.server !== undefined || fromEnvironment === undefined || fromEnvironment === ''
      ? [flags.server ?? defaultServer, '--server']
      : [fromEnvironment, 'LOCALYUN_ENDPOINT']
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${origin}: "${text}" must be a URL like ${defaultServer}.`)
  }
  return url
}

function readToken(flags: ControlFlags): string | undefined {
  const token = flags.controlToken ?? process.env['LOCALYUN_CONTROL_TOKEN']
  if (token === undefined || token === '') return undefined
  if (!/^[\u0020-\u007E]+$/.test(token)) {
    throw new UsageError('The control token can only have printable ASCII characters.')
  }
  return token
}

async function readAll(response: IncomingMessage, base: URL): Promise<string> {
  let text = ''
  for await (const chunk of chunksOf(response, base)) text += chunk
  return text
}

async function* chunksOf(response: IncomingMessage, base: URL): AsyncGenerator<string, void> {
  try {
    for await (const chunk of response.setEncoding('utf8')) yield chunk as string
  } catch (reason) {
    throw explain(reason, base)
  }
}

function readEvent(block: string): ServerEvent {
  const event = /^event: (.*)$/m.exec(block)?.[1] ?? 'message'
  return { event, data: parseJson(/^data: (.*)$/m.exec(block)?.[1] ?? '') }
}

function refusal(url: string, status: number, text: string): CommandFailure {
  const { error } = (parseJson(text) ?? {}) as { error?: unknown }
  if (typeof error === 'string') return new ControlRefusal(error)
  // What is refused before it gets to the control API is worded as the API words it.
  const message = /<Message>(.*?)<\/Message>/.exec(text)?.[1]
  if (message !== undefined) return new ControlRefusal(message)
  return new CommandFailure(`What answers at ${url} is not a localyun server (HTTP status ${status}).`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function explain(reason: unknown, { origin, protocol, hostname }: URL): CommandFailure {
  const { code = '', message } = reason as NodeJS.ErrnoException
  return new CommandFailure(describe(code) ?? `${origin} cannot be reached: ${message}.`)

  function describe(code: string): string | undefined {
    if (code === 'ECONNREFUSED') {
      return `No server answers at ${origin}. Start one with "localyun serve", or name another with --server.`
    }
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `There is no host ${hostname}. Is --server right?`
    if (code === 'EPROTO' || code.startsWith('HPE_')) {
      return `What answers at ${origin} does not speak ${protocol.replace(':', '')}.`
    }
    if (code === 'ECONNRESET') {
      const hint = protocol === 'http:' ? ' If it serves https, name it as https:// with --server.' : ''
      return `${origin} closed the connection.${hint}`
    }
    if (/CERT|SIGNATURE/.test(code)) {
      return `The certificate of ${origin} is not trusted (${code}). --insecure takes any.`
    }
    return undefined
  }
}
