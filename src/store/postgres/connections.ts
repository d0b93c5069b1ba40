import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { Sql } from 'sql-template-tag'
import { Lru } from '../../platform/lru.ts'
import type { Read, Value } from '../store.ts'

/** How long a call waits for a connection, ms. */
const connectLimitMs = 10_000
/** Prepared statements kept per connection; filters make more texts than that. */
const statementLimit = 300

/**
 * A connection that prepares what it is asked for and sends it without waiting for the answers before. Numbers of 64 bits
 * come as numbers: none here is greater than 2^53.
 */
export class Connection extends pg.Client {
  /** Names of prepared statements by their texts. */
  readonly #names = new Lru<string, string>(statementLimit, name => this.#deallocate(name))
  #prepared = 0
  #corked = false

  constructor(config?: pg.ClientConfig) {
    super(Object.assign({ pipeline: true, types: { getTypeParser: parserFor } }, config))
    // Whoever asks next hears of it; without a listener it would end the process.
    this.on('error', () => undefined)
  }

  /** Runs a statement with values. */
  async executePrepared<Row extends pg.QueryResultRow>({ text, values }: Sql): Promise<pg.QueryResult<Row>> {
    this.#cork()
    return this.query<Row>({ name: this.#nameOf(text), text, values })
  }

  /** As executePrepared; rows are what `read` makes of their values. */
  async queryRows<Row>({ text, values }: Sql, read: Read<Row>): Promise<Row[]> {
    this.#cork()
    const { rows } = await this.query<Value[]>({ name: this.#nameOf(text), text, values, rowMode: 'array' })
    return rows.map(read)
  }

  /** Runs a statement that is not worth preparing. */
  async execute(text: string): Promise<pg.QueryResult> {
    this.#cork()
    return this.query(text)
  }

  /** What is sent in one turn goes out in one piece: system calls are the larger part of a small statement. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    const { stream } = (this as unknown as { connection: { stream: Duplex } }).connection
    stream.cork()
    process.nextTick(() => {
      this.#corked = false
      stream.uncork()
    })
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const name = `l${++this.#prepared}`
    this.#names.set(text, name)
    return name
  }

  #deallocate(name: string): void {
    // In a transaction that has failed it does nothing; then the server keeps one statement more.
    this.query(`deallocate ${name}`).catch(() => undefined)
  }
}

type Parser = (value: string) => unknown
const [int8, numeric] = [20, 1700]

function parserFor(oid: number, format?: 'text' | 'binary'): Parser {
  if (oid === int8 || oid === numeric) return Number
  return pg.types.getTypeParser(oid, format) as Parser
}

/** Connections that are made as they are needed, up to `size`; `settings` is SQL that each of them begins with. */
export function createPool(url: string, size: number, settings: string): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(url),
    max: size,
    idleTimeoutMillis: 60_000,
    Client: Connection,
  })
  // Sent before anything else is; a connection that fails at this fails at what comes next.
  pool.on('connect', client => void client.query(settings).catch(() => undefined))
  // A connection that breaks while nobody uses it; the next transaction makes a new one.
  pool.on('error', () => undefined)
  return pool
}

export function connectionOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectLimitMs,
    keepAlive: true,
    application_name: 'localyun',
  }
}
