export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/** How far China is ahead of UTC, all year; days of bills and subscriptions are its days. */
export const chinaOffsetMs = 8 * hourMs

/** A moment as clocks in China show it: `2026-09-01T08:00:00.000`. */
export function chinaTime(at: number): string {
  return new Date(at + chinaOffsetMs).toISOString().slice(0, -1)
}
