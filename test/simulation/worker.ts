import { parentPort } from 'node:worker_threads'
import { simulate, type SimulationOptions } from './simulate.ts'

/** Runs the worlds that it is sent, one after the other: a world has the clock of its thread to itself. */
parentPort?.on('message', (options: SimulationOptions) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  void simulate(options).then(result => parentPort?.postMessage(result))
})
