import assert from 'node:assert/strict'
import { type Finished, runLocalyun, type RunOptions, type runServer } from './process.ts'

/** A server that commands are run against. */
export type Server = Awaited<ReturnType<typeof runServer>>

/** Runs a command against a server that is named by the environment. */
export function run(server: Server, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runLocalyun(args, { ...options, env: { LOCALYUN_ENDPOINT: server.endpoint, ...options.env } }).finished
}

/** Runs a command that must succeed, and returns what it printed. */
export async function done(server: Server, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(server, args)
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  assert.equal(stderr, '')
  return stdout
}

/** Runs a command that must fail with a code and one line that says why. */
export async function fails(server: Server, args: string[], code: number, says: RegExp): Promise<void> {
  const finished = await run(server, args)
  assert.equal(finished.code, code, `${args.join(' ')}: ${finished.stdout}${finished.stderr}`)
  assert.match(finished.stderr, says)
  assert.equal(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr)
}
