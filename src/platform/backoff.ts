/** How long to wait before the next try after so many in vain: doubles with each, up to the longest wait; ms. */
export function backoffMs(tries: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** (tries - 1))
}
