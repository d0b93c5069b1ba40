import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'

/** One call of an operation. What is not given is as an ordinary client sends it. */
export interface CallStep {
  readonly kind: 'call'
  readonly action: string
  readonly version: string
  readonly params: Readonly<Record<string, string>>
  readonly method: 'GET' | 'POST'
  /** As the client spells it; absent: the call does not say. */
  readonly format?: string
  /** The id of the access key that signs; absent: unsigned. */
  readonly key?: string
  readonly host?: string
  /** Replace common parameters; null leaves one out. */
  readonly common?: Readonly<Record<string, string | null>>
}

/** One request to the control API. */
interface ControlStep {
  readonly kind: 'control'
  readonly method: string
  readonly path: string
  readonly body?: unknown
  /** Keeps the whole answer, formatted, in a file of this name. */
  readonly keep?: string
}

/** Moves the virtual clock. */
interface AdvanceStep {
  readonly kind: 'advance'
  readonly ms: number
}

export type Step = CallStep | ControlStep | AdvanceStep

export function readSteps(file: string | URL): Step[] {
  return readCompressed(file)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Step)
}

export function writeSteps(file: string | URL, steps: readonly Step[]): void {
  writeCompressed(file, steps.map(step => `${JSON.stringify(step)}\n`).join(''))
}

export function readCompressed(file: string | URL): string {
  return gunzipSync(readFileSync(file)).toString('utf8')
}

export function writeCompressed(file: string | URL, text: string | Uint8Array): void {
  writeFileSync(file, gzipSync(text, { level: 9 }))
}
