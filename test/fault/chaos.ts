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

/** Calls between two blows; where one server has all calls, each blow takes the answers of all that are under way. */
const callsPerBlow = { one: 600, several: 250 }
/** Calls between two ends of the database. */
const callsPerRestart = 1_500

const points = ['order:written', 'order:committed', 'group:before-commit', 'jobs:claimed', 'jobs:driven'] as const

/** What a server is armed with in its next life: mostly a point at which it dies, once it has passed it so often. */
export function failpointFor(dice: Dice, mostPasses: number): string {
  return dice() < 0.85 ? `${pick(dice, points)}=exit@${1 + Math.floor(dice() * mostPasses)}` : ''
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
  if (call === 0 || call % callsPerBlow[nodes.length === 1 ? 'one' : 'several'] !== 0) return
  const dice = createDice(`${seed}/chaos/${call}`)
  const node = pick(dice, nodes)
  const networks = [node.network, ...databaseNetworks]
  const roll = dice()
  if (roll < 0.4) {
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
