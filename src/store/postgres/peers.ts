import { after, type Cancel } from '../../platform/clock.ts'
import { type Topic, topics } from '../store.ts'
import { Connection, connectionOptions } from './connections.ts'

const channel = 'localyun'
/** Topics that come within this time share a notification, ms: each takes a lock that the whole server has once. */
const collectMs = 5
/** After the connection was lost, ms. */
const reconnectMs = 500

/** Notifies the other processes on a database that there is something to look at, and listens to them. */
export class Peers {
  readonly #url: string
  readonly #send: (text: string) => Promise<unknown>
  readonly #listeners: ((topic: Topic) => void)[] = []
  readonly #pending = new Set<Topic>()
  #connection: Connection | undefined
  #cancel: Cancel | undefined
  #closed = false

  /** `send` runs a statement on some other connection. */
  constructor(url: string, send: (text: string) => Promise<unknown>) {
    this.#url = url
    this.#send = send
  }

  notify(topic: Topic): void {
    if (this.#closed) return
    if (this.#pending.size === 0) after(collectMs, () => this.#notifyNow())
    this.#pending.add(topic)
  }

  listen(listener: (topic: Topic) => void): void {
    this.#listeners.push(listener)
  }

  /** Begins to listen; goes on by itself whenever the connection is lost. */
  async connect(): Promise<void> {
    const connection = new Connection(connectionOptions(this.#url))
    this.#connection = connection
    const lost = () => {
      if (this.#connection !== connection || this.#closed) return
      this.#connection = undefined
      connection.end().catch(() => undefined)
      this.#cancel = after(reconnectMs, () => void this.#reconnect())
    }
    connection.on('error', lost)
    connection.on('end', lost)
    connection.on('notification', ({ payload = '' }) => this.#hear(payload))
    try {
      await connection.connect()
      await connection.query(`listen ${channel}`)
    } catch (reason) {
      lost()
      throw reason
    }
  }

  async close(): Promise<void> {
    this.#notifyNow()
    this.#closed = true
    this.#cancel?.()
    await this.#connection?.end().catch(() => undefined)
  }

  async #reconnect(): Promise<void> {
    try {
      await this.connect()
      // Whatever was sent in the meantime was missed.
      for (const topic of topics) this.#pass(topic)
    } catch {
      // It is tried again: see `lost`.
    }
  }

  #notifyNow(): void {
    if (this.#pending.size === 0) return
    const words = [...this.#pending]
    this.#pending.clear()
    const own = this.#connection === undefined ? 0 : (processIdOf(this.#connection) ?? 0)
    this.#send(`notify ${channel}, '${own} ${words.join(' ')}'`).catch(() => undefined)
  }

  #hear(payload: string): void {
    const [sender, ...words] = payload.split(' ')
    if (this.#connection !== undefined && Number(sender) === processIdOf(this.#connection)) return
    for (const topic of topics) if (words.includes(topic)) this.#pass(topic)
  }

  #pass(topic: Topic): void {
    for (const listener of this.#listeners) listener(topic)
  }
}

/** The server's name for a connection: ours is on what we say ourselves. */
function processIdOf(connection: Connection): number | undefined {
  return (connection as unknown as { processID?: number }).processID
}
