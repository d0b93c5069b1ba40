import { createHash, randomInt } from 'node:crypto'
import { globSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, matchesGlob, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Entry, report } from './support/report.ts'

/**
 * Runs the tests that need no other program, or `--all`, or those of the files that are named; with `--isolated` every
 * file in a process of its own. The order is random, and that of an earlier run with its `--seed`.
 */
const everyFile = ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*.test.mjs']
/** Files whose tests need no other program (but one server that is killed). They share processes; every other file has one of its own. */
const sharedFiles = [
  'src/**/*.test.ts',
  'test/{contract,crash,golden,history,property,simulation,stores}/**/*.test.ts',
  'examples/*.test.mjs',
]
/** How many processes run side by side. */
const concurrency = 2
const testTimeoutMs = 120_000

const { values: options, positionals: named } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean' }, isolated: { type: 'boolean' }, seed: { type: 'string' } },
})
const seed = options.seed ?? String(randomInt(2 ** 32))

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
// Otherwise every process would strip the types of the same files again.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/test')
const folder = mkdtempSync(join(tmpdir(), 'localyun-run-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const files = shuffle(findFiles())
const together = files.filter(file => isShared(file) && options.isolated !== true)
const entries = [
  ...inParts(together).map(joinFiles),
  ...files.filter(file => !together.includes(file)).map(file => ({ path: file, suite: suiteOf(file), files: 1 })),
]
process.stdout.write(`${files.length} files, in the order of --seed ${seed}\n`)

const events = run({
  files: entries.map(entry => entry.path),
  concurrency,
  timeout: testTimeoutMs,
  execArgv: [
    '--test',
    '--test-isolation=none',
    // What is left open fails its test, and the run goes on.
    '--test-force-exit',
    `--import=${new URL('support/open-handles.ts', import.meta.url).href}`,
    // Given as an option of `run`, it would keep the processes from running side by side.
    `--test-random-seed=${seed}`,
  ],
})
events.on('test:fail', () => (process.exitCode = 1))
events
  .compose(source => report(source, options.all === true ? entries : []))
  .compose(spec)
  .pipe(process.stdout)

function findFiles(): string[] {
  for (const name of named) if (globSync(name).length === 0) throw new Error(`There is no file ${name}.`)
  if (named.length > 0) return globSync(named)
  const found = globSync(everyFile)
  return options.all === true ? found : found.filter(isShared)
}

function isShared(file: string): boolean {
  return sharedFiles.some(pattern => matchesGlob(file, pattern))
}

function shuffle(list: readonly string[]): string[] {
  const rank = (file: string) => createHash('sha1').update(`${seed} ${file}`).digest('hex')
  return list.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** Parts of about the same size, one for each process. */
function inParts(list: readonly string[]): string[][] {
  const parts = Array.from({ length: concurrency }, () => ({ bytes: 0, files: [] as string[] }))
  for (const file of list) {
    const smallest = parts.reduce((a, b) => (b.bytes < a.bytes ? b : a))
    smallest.files.push(file)
    smallest.bytes += statSync(file).size
  }
  return parts.map(part => part.files).filter(part => part.length > 0)
}

/** Writes a module that imports all these test files. */
function joinFiles(list: readonly string[], index: number): Entry {
  const path = join(folder, `shared-${index + 1}.mjs`)
  writeFileSync(path, list.map(file => `import '${pathToFileURL(file).href}'\n`).join(''))
  return { path, suite: 'shared processes', files: list.length }
}

/** `src/store/tables/x.test.ts` → `src/store`. */
function suiteOf(file: string): string {
  return dirname(file).split('/').slice(0, 2).join('/')
}
