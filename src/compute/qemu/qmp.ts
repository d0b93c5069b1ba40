import { connect, type Socket } from 'node:net'
import { after } from '../../platform/clock.ts'

/** QEMU answers within this time, or not at all; ms. */
const answerLimitMs = 2_000

interface Message {
  readonly QMP?: unknown
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
}

/** A connection to a machine's monitor (docs/interop/qmp-spec of QEMU): one JSON object a line, answers by id. */
export class Qmp {
  readonly #socket: Socket
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>()
  readonly #closed = Promise.withResolvers<void>()
  #lastId = 0
  #rest = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', text => this.#read(String(text)))
    // Whoever waits for an answer hears of it by the close that follows.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('QEMU closed the connection.'))
      this.#waiting.clear()
      this.#closed.resolve()
    })
  }

  /** Connects and negotiates; rejects when nobody listens there. */
  static async connect(path: string): Promise<Qmp> {
    const socket = connect(path)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('connect', resolve)
    socket.once('error', reject)
    await promise
    const qmp = new Qmp(socket)
    try {
      // The greeting, which is no answer to anything, comes before the answer to this.
      await qmp.execute('qmp_capabilities')
      return qmp
    } catch (reason) {
      qmp.close()
      throw reason
    }
  }

  /** When the machine is gone, or this side has closed. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  async execute(command: string): Promise<unknown> {
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const cancel = after(answerLimitMs, () => reject(new Error(`QEMU did not answer ${command} in time.`)))
    this.#waiting.set(id, { resolve, reject })
    // The program goes on for an answer, though not for a machine.
    this.#socket.ref()
    this.#socket.write(`${JSON.stringify({ execute: command, id })}\n`)
    try {
      return await promise
    } finally {
      cancel()
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) this.#socket.unref()
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const message = JSON.parse(line) as Message
      const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id)
      if (message.error === undefined) waiting?.resolve(message.return)
      else waiting?.reject(new Error(`QEMU: ${message.error.desc}`))
    }
  }
}
