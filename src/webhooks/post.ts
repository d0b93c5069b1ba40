import type { Agent, IncomingMessage } from 'node:http'
import { after } from '../platform/clock.ts'

export interface Posted {
  readonly status: number
  /** What `Retry-After` asks for, ms; undefined when it asks for nothing. */
  readonly retryAfterMs: number | undefined
}

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For the whole of it, ms. */
  readonly timeoutMs: number
  readonly now: number
  readonly signal: AbortSignal
}

/** Sends requests over connections that are kept. Redirects are answers like any other. */
export class Poster {
  readonly #http = process.getBuiltinModule('node:http')
  readonly #https = process.getBuiltinModule('node:https')
  readonly #agents: Readonly<Record<string, Agent>> = {
    'http:': new this.#http.Agent({ keepAlive: true }),
    'https:': new this.#https.Agent({ keepAlive: true }),
  }

  /** Resolves with the status once the answer is complete; rejects when none came. */
  async post(request: PostRequest): Promise<Posted> {
    const url = new URL(request.url)
    for (;;) {
      try {
        return await this.#send(url, request)
      } catch (reason) {
        // The other end closed a kept connection at the very moment we used it.
        if (!(reason instanceof KeptConnectionClosed)) throw reason
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #send(url: URL, { headers, body, timeoutMs, now, signal }: PostRequest): Promise<Posted> {
    const { request: start } = url.protocol === 'https:' ? this.#https : this.#http
    const agent = this.#agents[url.protocol]
    const allHeaders = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
    return new Promise<Posted>((resolve, reject) => {
      const request = start(url, { method: 'POST', agent, headers: allHeaders, signal })
      const cancel = after(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
      request.on('close', cancel)
      request.on('error', (reason: NodeJS.ErrnoException) =>
        reject(request.reusedSocket && reason.code === 'ECONNRESET' ? new KeptConnectionClosed() : reason),
      )
      request.on('response', response => {
        response.on('error', reject)
        response.on('end', () => resolve(read(response, now)))
        response.resume()
      })
      request.end(body)
    })
  }
}

class KeptConnectionClosed extends Error {}

function read({ statusCode = 0, headers }: IncomingMessage, now: number): Posted {
  return { status: statusCode, retryAfterMs: readRetryAfter(headers['retry-after'], now) }
}

/** Seconds, or a date. */
export function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
