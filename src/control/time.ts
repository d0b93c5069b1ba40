/** Examples for messages. */
export const timeForms = '2030-01-31T12:00:00Z, 2030-01-31T20:00+08:00 or 2030-01-31'

/** A time with its offset, or a day, which begins at midnight `midnightIn` (`Z`, `+08:00`); ms, or undefined when it is neither. */
export function readTime(text: string, midnightIn: string): number | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? []
  if (day === undefined) return undefined
  // Date.parse takes the 31st of February for a day in March.
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined
  const at = Date.parse(time === undefined ? `${day}T00:00:00${midnightIn}` : text)
  return Number.isNaN(at) ? undefined : at
}
