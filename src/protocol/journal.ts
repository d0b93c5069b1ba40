import type { RawParams } from './params.ts'

/** Calls kept. */
const capacity = 1000

/** One API call as it was received, what became of it, and why. */
export interface JournalEntry {
  readonly requestId: string
  /** Machine time, ms. */
  readonly at: number
  readonly method: string
  readonly action: string
  readonly accessKeyId: string
  /** As they came, secrets left out. */
  readonly params: Readonly<Record<string, string>>
  readonly status: number
  /** Of an error; empty on success. */
  readonly code: string
  readonly message: string
  /** The check that refused the call, `handler` for the operation's own rules; empty on success. */
  readonly refusedBy: string
}

/** What an entry is made of; the parameters are copied and redacted only when somebody reads. */
export type NewEntry = Omit<JournalEntry, 'params'> & { readonly rawParams: RawParams }

/** The last calls, in memory. */
export class Journal {
  readonly #entries: NewEntry[] = []
  #next = 0

  add(entry: NewEntry): void {
    this.#entries[this.#next] = entry
    this.#next = (this.#next + 1) % capacity
  }

  /** Newest first, `limit` at most. */
  list(limit: number): JournalEntry[] {
    const newestFirst = [...this.#entries.slice(0, this.#next).reverse(), ...this.#entries.slice(this.#next).reverse()]
    return newestFirst
      .slice(0, limit)
      .map(({ rawParams, ...rest }) => Object.assign(rest, { params: redact(rawParams) }))
  }
}

const secretNames = /^(Signature|SecurityToken|BearerToken|Password|UserData|.*Secret.*)$/i

function redact(params: RawParams): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) shown[name] = secretNames.test(name) ? '(redacted)' : value
  }
  return shown
}
