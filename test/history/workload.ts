import type { ModelCall, PowerVerb } from './history.ts'

/** Chance that is fast and has a state of its own: mulberry32. */
export type Dice = () => number

export function createDice(seed: string): Dice {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of `choices`, which must not be empty. */
export function pick<T>(dice: Dice, choices: readonly T[]): T {
  return choices[Math.floor(dice() * choices.length)] as T
}

const verbs: readonly PowerVerb[] = ['stop', 'stop', 'stop', 'start', 'start', 'start', 'reboot']

/** The next call of a client; the seed alone decides what it is. */
export function nextCall(dice: Dice, ids: readonly string[]): ModelCall {
  const kind = dice()
  const verb = kind < 0.12 ? 'describe' : pick(dice, verbs)
  const mode = dice() < 0.5 ? 'together' : 'separately'
  const sizes = mode === 'together' ? [1, 1, 1, 2, 3] : [1, 1, 2, 4, 12]
  return {
    verb,
    ids: sample(dice, ids, verb === 'describe' ? 20 : pick(dice, sizes)),
    mode,
    force: verb !== 'start' && dice() < 0.25,
    economical: dice() < 0.4,
    dryRun: verb !== 'describe' && dice() < 0.08,
  }
}

/** Up to `count` different ones, in some order. */
function sample(dice: Dice, ids: readonly string[], count: number): string[] {
  const chosen = new Set<string>()
  for (let tries = 0; tries < count; tries++) chosen.add(pick(dice, ids))
  return [...chosen]
}
