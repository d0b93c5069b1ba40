/** A request as it arrived, body included. */
export interface HttpRequest {
  readonly method: string
  /** The raw request target, `/?Action=…`. */
  readonly target: string
  /** By lower-case name; repeated ones joined as Node does. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** Of the other end; empty when it is gone. */
  readonly remoteAddress: string
}

/**
 * Sends chunks with `send` and ends with `end`; returns what to do when the client goes away before that.
 */
export type EventStream = (send: (chunk: string) => void, end: () => void) => () => void

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Follows the headers in place of a body. */
  readonly stream?: EventStream
  /** Breaks the connection instead of answering. */
  readonly drop?: boolean
}
