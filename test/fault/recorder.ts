import { Agent, request } from 'node:http'
import { signedForm } from '../support/client.ts'
import { key } from '../support/raw.ts'
import type { ModelCall, Outcome, Recorded } from '../history/history.ts'
import { toOutcome, toRequest } from '../history/wire.ts'

/** A call that takes longer has no answer, ms. */
const patienceMs = 8_000

/** Makes calls and keeps what became of them. */
export class Recorder {
  readonly calls: Recorded[] = []
  readonly #agent = new Agent({ keepAlive: true })
  #time = 0

  async call(port: number, call: ModelCall): Promise<Outcome> {
    const invokedAt = ++this.#time
    const outcome = await this.#send(port, call).catch((error: Error): Outcome => ({
      kind: 'unknown',
      why: error.message,
    }))
    const completedAt = outcome.kind === 'unknown' ? Infinity : ++this.#time
    this.calls.push({ call, invokedAt, completedAt, outcome })
    return outcome
  }

  close(): void {
    this.#agent.destroy()
  }

  async #send(port: number, call: ModelCall): Promise<Outcome> {
    const { action, params } = toRequest(call)
    const { status, text } = await post(this.#agent, port, signedForm(key, 'POST', action, params).toString())
    return toOutcome(call.verb, status, text)
  }
}

function post(agent: Agent, port: number, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', headers, timeout: patienceMs }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.complete) resolve({ status: answer.statusCode ?? 0, text })
        else reject(new Error('half an answer'))
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.on('error', reject)
    sent.end(body)
  })
}
