import { parseDuration } from '../duration.ts'

/** A flag of the command line, and what its text stands for. */
export interface Flag<Value = unknown> {
  /** As the help shows it: `--stale <duration>`. */
  readonly form: string
  readonly about: string
  /** Throws an Error that says what is wrong with the text; `true` stands for a flag that was given none. */
  parse(text: string | true): Value
}

export function flag<Value>(form: string, about: string, parse: (text: string) => Value): Flag<Value> {
  return { form, about, parse: given => parse(String(given)) }
}

export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`"${text}" must be a whole number from 1`)
}

/** `2s`, `PT2S`, or `250ms`; ms. */
export function readMs(text: string): number {
  const duration = parseDuration(text)
  if (duration !== undefined) return duration
  throw new Error(`"${text}" is no duration like 250ms, 2s or 9m`)
}

export function readSeconds(text: string): number {
  const ms = readMs(text)
  if (ms % 1000 === 0) return ms / 1000
  throw new Error(`"${text}" must be whole seconds`)
}
