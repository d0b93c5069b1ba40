/** One floor of `src/`: a folder or, where the name ends in `.ts`, a file; and what stands below it that it may import. */
export interface Floor {
  readonly name: string
  readonly purpose: string
  readonly imports: readonly string[]
}

/** All that a world is built of. */
const belowWorld = [
  'operations',
  'protocol',
  'webhooks',
  'services',
  'engine',
  'store',
  'compute',
  'domain',
  'config.ts',
  'platform',
] as const

/**
 * The floors of `src/` from the top down. Imports run downwards only: a floor imports what it lists here, itself, and packages. The
 * linter enforces it (`oxlint.config.ts`), and `npm run docs` draws the picture in ARCHITECTURE.md from it.
 */
export const floors: readonly Floor[] = [
  { name: 'main.ts', purpose: 'the program', imports: ['cli'] },
  {
    name: 'cli',
    purpose: 'the commands',
    imports: ['app.ts', 'control', 'webhooks', 'services', 'store', 'compute', 'domain', 'config.ts', 'platform'],
  },
  {
    name: 'index.ts',
    purpose: 'the library',
    imports: ['app.ts', 'control', 'webhooks', 'services', 'store', 'compute', 'domain', 'config.ts', 'platform'],
  },
  {
    name: 'app.ts',
    purpose: 'a server: store, driver and clock, a world on them, a port',
    imports: ['control', 'world.ts', 'protocol', 'webhooks', 'services', 'store', 'compute', 'config.ts', 'platform'],
  },
  {
    name: 'control',
    purpose: 'the control API, one value per path',
    imports: ['world.ts', ...belowWorld],
  },
  {
    name: 'world.ts',
    purpose: 'builds all that needs no port: services, engine, webhooks',
    imports: belowWorld,
  },
  {
    name: 'operations',
    purpose: 'one file per API action',
    imports: ['protocol', 'services', 'store', 'domain', 'platform'],
  },
  {
    name: 'protocol',
    purpose: 'HTTP, the order of checks, signatures, answers',
    imports: ['services', 'store', 'domain', 'platform'],
  },
  {
    name: 'config.ts',
    purpose: 'what a server is started with',
    imports: ['services', 'compute', 'domain', 'platform'],
  },
  { name: 'webhooks', purpose: 'sends events to URLs', imports: ['services', 'store', 'domain', 'platform'] },
  {
    name: 'services',
    purpose: 'use cases, and what falls due: load, decide, write',
    imports: ['engine', 'store', 'compute', 'domain', 'platform'],
  },
  { name: 'engine', purpose: 'has done what falls due, when it falls due', imports: ['store', 'platform'] },
  { name: 'store', purpose: 'transactions on two databases, and the SQL', imports: ['domain', 'platform'] },
  { name: 'compute', purpose: 'starts and stops machines', imports: ['domain', 'platform'] },
  { name: 'domain', purpose: 'pure rules: plain data in, a decision out', imports: [] },
  { name: 'platform', purpose: 'clock, randomness, log, metrics', imports: [] },
]
