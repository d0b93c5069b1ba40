import { dayMs, minuteMs } from '../time.ts'

const longestMs = 3 * 365 * dayMs

/**
 * When an instance will be released that is to go at `wanted`: at the start of that minute. Undefined when that is less
 * than 30 minutes or more than 3 years ahead. Source: help page "ModifyInstanceAutoReleaseTime".
 */
export function releaseTime(wanted: number, now: number): number | undefined {
  const at = Math.floor(wanted / minuteMs) * minuteMs
  const ahead = at - now
  // The minute that is cut off does not count against the 30.
  return ahead >= 29 * minuteMs && ahead <= longestMs ? at : undefined
}
