const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const

/** `PT10M`, `P30D`, `P1DT2H`, or short `10m`, `30d`, `1d2h`; ms, or undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  const iso =
    /^P(?=\d|T\d)(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/i.exec(
      text,
    )
  if (iso !== null) {
    const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = iso
    const inDays = Number(weeks) * 7 + Number(days)
    return Math.round(
      inDays * unitsMs.d + Number(hours) * unitsMs.h + Number(minutes) * unitsMs.m + Number(seconds) * unitsMs.s,
    )
  }
  if (!/^(?:\d{1,9}[dhms])+$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([dhms])/g)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitsMs[unit as keyof typeof unitsMs], 0)
}
