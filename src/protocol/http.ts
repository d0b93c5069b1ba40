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

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
