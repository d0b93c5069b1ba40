export const timeForms = '2030-01-31T12:00:00Z, 2030-01-31T20:00+08:00 or 2030-01-31'

/** A time with its offset, or a day, which begins at midnight UTC; ms since the epoch, undefined for anything else. */
export function parseTime(text: string): number | undefined {
  const day = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text)?.[1]
  const at = Date.parse(text)
  // Date.parse takes the 31st of February for a day in March.
  const exists = day !== undefined && !Number.isNaN(at) && new Date(day).toISOString().startsWith(day)
  return exists ? at : undefined
}
