import { dayMs, hourMs, minuteMs } from '../domain/time.ts'

const unitsMs = { ms: 1, s: 1_000, m: minuteMs, h: hourMs, d: dayMs } as const
const number = String.raw`\d{1,9}(?:\.\d{1,3})?`
const short = new RegExp(`^(?:${number}(?:ms|[smhd]))+$`)
const shortPart = new RegExp(`(${number})(ms|[smhd])`, 'g')
const iso = new RegExp(
  String.raw`^P(?=\d|T\d)(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(${number})S)?)?$`,
  'i',
)

/** `PT10M`, `P30D`, `P1DT2H`, or short `10m`, `1.5h`, `500ms`, `1d2h`; ms, or undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  const parts = iso.exec(text)
  if (parts !== null) {
    const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    const inDays = Number(weeks) * 7 + Number(days)
    return Math.round(inDays * dayMs + Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * 1_000)
  }
  if (!short.test(text)) return undefined
  const sum = [...text.matchAll(shortPart)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * unitsMs[unit as keyof typeof unitsMs],
    0,
  )
  return Math.round(sum)
}
