/** An error answer, whole. */
export interface ErrorFields {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** A fault rule refuses an order; the answer is the error that the rule names. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError'
  readonly fields: ErrorFields

  constructor(fields: ErrorFields) {
    super(fields.message)
    this.fields = fields
  }
}
