import type { RawParams } from './params.ts'

/** Calls kept. */
const capacity = 1000
/** Characters kept of an answer: pages of a large fleet would fill the memory. */
const answerLimit = 4_000

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
  /** As the operation got them: decoded, with defaults; null when a check refused the call before. */
  readonly decoded: unknown
  readonly status: number
  /** Of an error; empty on success. */
  readonly code: string
  readonly message: string
  /** The check that refused the call, `handler` for the operation's own rules; empty on success. */
  readonly refusedBy: string
  /** The body of the answer, its first 4,000 characters. */
  readonly answer: string
  /** What a fault rule did to the call, whatever the answer says; empty without one. */
  readonly fault: string
}

/** What an entry is made of; it is copied and redacted only when somebody reads. */
export type NewEntry = Omit<JournalEntry, 'params' | 'decoded' | 'answer'> & {
  readonly rawParams: RawParams
  readonly input: unknown
  readonly rawAnswer: string
}

/** The last calls, in memory. */
export class Journal {
  readonly #entries: NewEntry[] = []
  #next = 0

  add(entry: NewEntry): void {
    this.#entries[this.#next] = entry.rawAnswer.length > answerLimit ? shorten(entry) : entry
    this.#next = (this.#next + 1) % capacity
  }

  /** Newest first, `limit` at most. */
  list(limit: number): JournalEntry[] {
    const newestFirst = [...this.#entries.slice(0, this.#next).reverse(), ...this.#entries.slice(this.#next).reverse()]
    return newestFirst.slice(0, limit).map(describe)
  }
}

/** A copy, since a part of a text keeps the whole of it in memory. */
function shorten(entry: NewEntry): NewEntry {
  return { ...entry, rawAnswer: Buffer.from(entry.rawAnswer.slice(0, answerLimit)).toString() }
}

function describe({ rawParams, input, rawAnswer, ...rest }: NewEntry): JournalEntry {
  return { ...rest, params: redact(rawParams), decoded: decodedOf(input), answer: redactText(rawAnswer) }
}

const secretNames = /^(Signature|SecurityToken|BearerToken|Password|UserData|.*Secret.*)$/i
const hidden = '(redacted)'

function redact(params: RawParams): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) shown[name] = secretNames.test(name) ? hidden : value
  }
  return shown
}

function decodedOf(input: unknown): unknown {
  if (input === undefined) return null
  const text = JSON.stringify(input, (name, value: unknown) =>
    secretNames.test(name) && typeof value === 'string' ? hidden : value,
  )
  return JSON.parse(text)
}

/** The same names in an answer, JSON or XML. */
function redactText(answer: string): string {
  return answer
    .replaceAll(/"((?:Password|UserData|\w*Secret\w*))":"[^"]*"?/gi, `"$1":"${hidden}"`)
    .replaceAll(/<(Password|UserData|\w*Secret\w*)>[^<]*/gi, `<$1>${hidden}`)
}
