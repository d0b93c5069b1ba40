import { ControlError } from './route.ts'

/** A whole number of the query, within its range. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  fallback: number,
  min: number,
  max = 2 ** 53 - 1,
): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = Number(text)
  if (/^\d{1,16}$/.test(text) && value >= min && value <= max) return value
  throw new ControlError(400, `${name}: must be a whole number from ${min} to ${max}.`)
}
