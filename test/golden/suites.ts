import { createTestApp, type TestApp } from '../support/app.ts'
import { digest, Player } from './play.ts'
import type { Step } from './steps.ts'
import { startAt } from './world.ts'

/**
 * Durations of a few milliseconds: a variation by a tenth is rounded away, so that no answer depends on what durations are
 * drawn from.
 */
const timing = { pendingMs: 2, startMs: 4, stopMs: 3, forcedStopMs: 1, deallocateMs: 4 }

/** What is recorded, and the server that each is played on. */
export const suites = {
  examples: (store: string) => createTestApp({ store, randomSeed: 'golden', auth: 'off', timing }, { startAt }),
  calls: (store: string) => createTestApp({ store, randomSeed: 'golden', timing }, { startAt }),
  durations: (store: string) => createTestApp({ store, randomSeed: 'golden' }, { startAt }),
} as const satisfies Record<string, (store: string) => Promise<TestApp>>
export type SuiteName = keyof typeof suites
export const suiteNames = Object.keys(suites) as SuiteName[]

export function fileOf(name: string): URL {
  return new URL(`recorded/${name}`, import.meta.url)
}

export interface Played {
  /** For each step: number, what, status, code, digest of the whole answer. */
  readonly lines: readonly string[]
  /** For each step, the whole answer. */
  readonly texts: readonly string[]
  /** Answers that are kept whole, formatted, by name. */
  readonly kept: ReadonlyMap<string, string>
}

/** Plays steps on a new server. */
export async function playSuite(name: SuiteName, steps: readonly Step[], store = 'memory:'): Promise<Played> {
  await using server = await suites[name](store)
  using player = new Player(server)
  const lines: string[] = []
  const texts: string[] = []
  const kept = new Map<string, string>()
  for (const [index, step] of steps.entries()) {
    const { status, code, text, body } = await player.play(step)
    lines.push(`${String(index + 1).padStart(5, '0')} ${describe(step)} ${status} ${code} ${digest(text)}`)
    texts.push(text)
    if (step.kind === 'control' && step.keep !== undefined) kept.set(step.keep, formatted(body))
  }
  return { lines, texts, kept }
}

function describe(step: Step): string {
  switch (step.kind) {
    case 'advance':
      return `advance ${step.ms}ms`
    case 'control':
      return `${step.method} ${step.path}`
    case 'call':
      return `${step.action} ${step.key ?? '-'} ${step.format ?? '-'}`
  }
}

/** JSON so that a difference shows line by line: one row, one event or one amount a line. */
function formatted(body: string): string {
  return `${JSON.stringify(JSON.parse(body), null, 1).replace(
    /\[\n\s+((?:[^[\]{}]|"(?:[^"\\]|\\.)*")*?)\n\s+\]/g,
    (_, inner: string) => `[${inner.replace(/\n\s+/g, ' ')}]`,
  )}\n`
}
