/** `2020-07-18T03:48Z`, as times of instances are shown; a time that never was is empty. */
export function formatMinute(at: number | null): string {
  return at === null ? '' : `${new Date(at).toISOString().slice(0, 16)}Z`
}

/** `2020-07-18T03:48:05Z`, as nearly all other times are shown. */
export function formatSecond(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
