import { afterEach, beforeEach } from 'node:test'
import { promisify } from 'node:util'

/**
 * Loaded before test files: fails a test that leaves open what keeps a process alive, such as a timer, a socket, a server
 * or another process.
 */

/** How long something that a test has closed may take to be gone, ms. */
const patienceMs = 5_000
/** Taken before a test can mock it. */
const nextTurn = promisify(setImmediate)

let known: readonly string[] | undefined

beforeEach(() => {
  known ??= process.getActiveResourcesInfo()
})

afterEach(async () => {
  const giveUpAt = performance.now() + patienceMs
  let left = leftOpen()
  while (left.length > 0 && performance.now() < giveUpAt) {
    await nextTurn()
    left = leftOpen()
  }
  if (left.length === 0) return
  // The tests that follow are not to blame for it.
  known = [...(known ?? []), ...left]
  throw new Error(`The test left open: ${left.join(', ')}.`)
})

function leftOpen(): string[] {
  const before = [...(known ?? [])]
  return process.getActiveResourcesInfo().filter(name => {
    const index = before.indexOf(name)
    if (index >= 0) before.splice(index, 1)
    return index < 0
  })
}
