import { existsSync } from 'node:fs'
import { cp, mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from './postgres.ts'
import { describeAll, regionId } from './requests.ts'
import { type Server, startServer } from './server.ts'

/** The checkout that this file is part of. */
export const ownRoot = fileURLToPath(new URL('..', import.meta.url))

/** What rows get to work with: one checkout of the program, and room for its stores. */
export interface Workshop {
  /** What tells it from that of another checkout: a word that fits into names of databases. */
  readonly name: string
  /** The folder of the checkout. */
  readonly root: string
  /** Few requests: to see that everything works, not how fast. */
  readonly quick: boolean
  /** A folder for stores; on a disk, since a memory file system would make durability look free. */
  readonly folder: string
  readonly newFolder: () => Promise<string>
  /** Starts the program with its default settings. */
  readonly start: (options?: SubjectOptions) => Promise<Server>
  /** Runs `use` with a subject on a copy of the fleet, and leaves nothing behind. */
  readonly withSubject: <T>(fleet: Fleet, use: (subject: Server) => Promise<T>, options?: SubjectOptions) => Promise<T>
  /** A fleet of this size; made when first asked for. */
  readonly fleet: (count: number) => Promise<Fleet>
  /** The folder of the program as it is published, `dist` without `src`; undefined when it has not been built. */
  readonly packaged: () => Promise<string | undefined>
  /** A PostgreSQL of this run's own; started when first asked for. */
  readonly postgres: () => Promise<Cluster>
}

export interface SubjectOptions {
  /** For the store; a new one when absent. */
  readonly folder?: string
  /** Another store than the file in the folder. */
  readonly store?: string
  readonly seedFile?: string
  /** The checkout or package to start instead of the workshop's checkout. */
  readonly root?: string
  readonly clock?: 'real' | 'virtual'
  /** How much faster than real its clock runs. */
  readonly timeScale?: number
  /** A module that the process loads before the program; it is told and asked things over a channel. */
  readonly preload?: string
}

/** A store full of Running instances, made once. Every subject gets a copy, so that all rounds begin alike. */
export interface Fleet {
  readonly ids: readonly string[]
  readonly seedFile: string
  /** A copy in a folder of its own, on disk to the last byte. */
  readonly copy: () => Promise<string>
}

export function createWorkshop(options: Pick<Workshop, 'name' | 'root' | 'quick' | 'folder' | 'postgres'>): Workshop {
  const { root, folder } = options
  const newFolder = () => mkdtemp(join(folder, 'fresh-'))
  const start = async (subject: SubjectOptions = {}) =>
    startSubject({ root, folder: subject.folder ?? (await newFolder()), ...subject })
  const fleets = new Map<number, Promise<Fleet>>()
  let packaged: Promise<string | undefined> | undefined
  return {
    ...options,
    newFolder,
    start,
    async withSubject(fleet, use, subjectOptions = {}) {
      const copy = await fleet.copy()
      try {
        await using subject = await start({ ...subjectOptions, folder: copy })
        return await use(subject)
      } finally {
        await rm(copy, { recursive: true })
      }
    },
    fleet(count) {
      const fleet = fleets.get(count) ?? createFleet(folder, count, start)
      fleets.set(count, fleet)
      return fleet
    },
    packaged: () => (packaged ??= assemblePackage(root, folder)),
  }
}

function startSubject(options: SubjectOptions & { readonly root: string; readonly folder: string }): Promise<Server> {
  const { root, folder, seedFile, clock = 'real', timeScale, preload } = options
  const store = options.store ?? `sqlite:${join(folder, 'state.db')}`
  const flags = ['--store', store, '--clock', clock]
  if (timeScale !== undefined) flags.push('--time-scale', String(timeScale))
  if (seedFile !== undefined) flags.push('--seed', seedFile)
  return startServer([join(root, 'bin', 'localyun.js'), 'serve', ...flags], preload)
}

/** The reference of calls; its answers are of so many bytes. */
export function startNullServer(answerBytes = 300): Promise<Server> {
  return startServer([join(ownRoot, 'bench', 'null-server.ts'), '--bytes', String(answerBytes)])
}

async function assemblePackage(root: string, parent: string): Promise<string | undefined> {
  if (!existsSync(join(root, 'dist'))) return undefined
  const folder = await mkdtemp(join(parent, 'package-'))
  for (const part of ['bin', 'package.json']) await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'dist'), join(folder, 'dist'))
  return folder
}

async function createFleet(
  parent: string,
  count: number,
  start: (options: SubjectOptions) => Promise<Server>,
): Promise<Fleet> {
  const folder = await mkdtemp(join(parent, `fleet-${count}-`))
  const seedFile = `${folder}.json`
  await writeFile(seedFile, JSON.stringify({ instances: [{ region: regionId, count }] }))
  await using subject = await start({ folder, seedFile })
  const instances = await describeAll(subject.port)
  await subject.stop()
  if (instances.length !== count) throw new Error(`The seed made ${instances.length} instances, not ${count}.`)
  return {
    ids: instances.map(instance => instance.id),
    seedFile,
    async copy() {
      const target = await mkdtemp(join(parent, 'store-'))
      await cp(folder, target, { recursive: true })
      for (const file of await readdir(target)) await syncFile(join(target, file))
      return target
    },
  }
}

/** Otherwise the first commits of a round would have to wait for the copy. */
async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.sync()
}
