import { ApiError, type ErrorName } from './catalogue.ts'

/** Makes the next `times` calls of an action fail with an error of the catalogue. */
export interface FaultRule {
  readonly action: string
  readonly error: ErrorName
  readonly times: number
}

/** Errors on demand, for what has no cause in the state of the world. The first rule that matches wins. */
export class FaultRules {
  #rules: { rule: FaultRule; left: number }[] = []

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times })
  }

  clear(): void {
    this.#rules = []
  }

  /** Throws what a matching rule asks for. */
  strike(action: string): void {
    if (this.#rules.length === 0) return
    const match = this.#rules.find(({ rule, left }) => left > 0 && rule.action === action)
    if (match === undefined) return
    match.left--
    throw new ApiError(match.rule.error)
  }
}
