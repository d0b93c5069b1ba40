import { dayMs } from '../time.ts'
import type { KmsKey } from './keys.ts'

export interface Rotation {
  readonly state: 'Enabled' | 'Disabled' | 'Suspended'
  /** How often it has happened. */
  readonly count: number
  /** When it last happened, ms; the creation counts. */
  readonly lastAt: number
  /** Undefined when it will not happen again. */
  readonly nextAt: number | undefined
}

/** A key's material changes in fixed steps from its creation. Help page "Automatic key rotation". */
export function rotationOf({ createdAt, state, details }: KmsKey, now: number): Rotation {
  if (details.rotationSeconds === null) return { state: 'Disabled', count: 0, lastAt: createdAt, nextAt: undefined }
  const intervalMs = details.rotationSeconds * 1000
  const count = Math.max(0, Math.floor((now - createdAt) / intervalMs))
  const lastAt = createdAt + count * intervalMs
  return { state: state === 'Enabled' ? 'Enabled' : 'Suspended', count, lastAt, nextAt: lastAt + intervalMs }
}

const daySeconds = dayMs / 1000
const unitSeconds: Readonly<Record<string, number>> = { d: daySeconds, h: 3600, m: 60, s: 1 }
const shortest = 7 * daySeconds
const longest = 730 * daySeconds

/** `365d`, `604800s`: 7 to 730 days, in seconds; undefined for anything else. Help page "CreateKey". */
export function readRotationInterval(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9})([dhms])$/.exec(text) ?? []
  const seconds = Number(digits) * (unitSeconds[unit] ?? 0)
  return seconds >= shortest && seconds <= longest ? seconds : undefined
}
