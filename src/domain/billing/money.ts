/**
 * Money of the meter is in integer nano-yuan (10⁻⁹ CNY): rates per second as numbers, amounts as bigints, so that no sum
 * is ever rounded. Only what is shown is rounded, to fen.
 */
export type Nano = bigint

/** The rate of a price: nano-yuan per second, rounded once. */
export function nanoPerSecond(yuanPerHour: number): number {
  return Math.round((yuanPerHour * 1e9) / 3600)
}

export function amountOf(rate: number, seconds: number): Nano {
  return BigInt(rate) * BigInt(seconds)
}

const nanoPerFen = 10_000_000n

/** Half up; what is paid back is rounded as what was paid. */
export function toFen(amount: Nano): bigint {
  return amount < 0n ? -toFen(-amount) : (amount + nanoPerFen / 2n) / nanoPerFen
}

/** Rounded down, below zero too: the least debt is one. */
export function toFenDown(amount: Nano): number {
  const whole = amount / nanoPerFen
  return Number(amount < 0n && amount % nanoPerFen !== 0n ? whole - 1n : whole)
}

export function fromFen(fen: number): Nano {
  return BigInt(fen) * nanoPerFen
}

/** CNY with two decimals, for people and JSON. */
export function toYuan(amount: Nano): number {
  return Number(toFen(amount)) / 100
}
