import { setTimeout as sleep } from 'node:timers/promises'
import { createDice, type Dice, pick } from '../history/workload.ts'
import type { MortalDatabase } from './database.ts'
import type { FaultyNode } from './node.ts'
import type { Proxy } from './proxy.ts'

/** What there is to break. */
export interface Victims {
  readonly nodes: readonly FaultyNode[]
  /** Between servers and database. */
  readonly databaseNetworks: readonly Proxy[]
  readonly database: MortalDatabase | undefined
}

/** Calls between two blows. */
export const callsPerBlow = 300
/** Calls between two ends of the database. */
const callsPerRestart = 1_500

const points = ['order:written', 'order:committed', 'group:before-commit', 'jobs:claimed', 'jobs:driven'] as const

/** What a server is armed with in its next life: mostly a point at which it dies. */
export function failpointFor(dice: Dice): string {
  return dice() < 0.7 ? `${pick(dice, points)}=exit@${1 + Math.floor(dice() * 250)}` : ''
}

/** Breaks what the seed says for this call's number; resolves when the blow is over. */
export async function strike(
  victims: Victims,
  seed: string,
  call: number,
  count: (what: string) => void,
): Promise<void> {
  const { nodes, databaseNetworks, database } = victims
  if (database !== undefined && call % callsPerRestart === Math.floor(callsPerRestart / 2)) {
    count('database restarted')
    database.kill(createDice(`${seed}/database/${call}`)() < 0.5 ? 'SIGINT' : 'SIGQUIT')
  }
  if (call % callsPerBlow !== 0 || call === 0) return
  const dice = createDice(`${seed}/chaos/${call}`)
  const node = pick(dice, nodes)
  const networks = [node.network, ...databaseNetworks]
  const roll = dice()
  if (roll < 0.35) {
    count('killed at random')
    node.kill()
  } else if (roll < 0.75) {
    count('connections cut')
    pick(dice, networks).cut()
  } else {
    count('network slow')
    const network = pick(dice, networks)
    network.delayMs = 20 + Math.floor(dice() * 130)
    await sleep(400)
    network.delayMs = 0
  }
}
