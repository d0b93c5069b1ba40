import { parentPort } from 'node:worker_threads'
import { simulate, type SimulationOptions } from './simulate.ts'

/** Runs the worlds that it is sent, one after the other: a world has the clock of its thread to itself. */
parentPort?.on('message', (options: SimulationOptions) => {
  void simulate(options).then(result => parentPort?.postMessage(result))
})
