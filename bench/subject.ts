import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeAll, regionId } from './requests.ts'
import { type Server, startServer } from './server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const checkout = join(root, 'bin', 'localyun.js')

/** The program as it is published, with `dist` and without `src`; undefined when it has not been built. */
export async function assemblePackage(parent: string): Promise<string | undefined> {
  if (!existsSync(join(root, 'dist'))) return undefined
  const folder = await mkdtemp(join(parent, 'package-'))
  for (const part of ['bin', 'package.json']) await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'dist'), join(folder, 'dist'))
  return join(folder, 'bin', 'localyun.js')
}

export interface SubjectOptions {
  /** For the store; made when absent. */
  readonly folder: string
  /** Another store than the file in the folder. */
  readonly store?: string
  readonly seedFile?: string
  /** What Node runs; the checkout unless given. */
  readonly program?: string
  readonly clock?: 'real' | 'virtual'
}

/** Starts the program with its default settings, on a store of its own. */
export function startSubject(options: SubjectOptions): Promise<Server> {
  const { folder, seedFile, store = `sqlite:${join(folder, 'state.db')}`, program = checkout, clock = 'real' } = options
  const seed = seedFile === undefined ? [] : ['--seed', seedFile]
  return startServer([program, 'serve', '--store', store, '--clock', clock, ...seed])
}

export function startNullServer(answerBytes = 300): Promise<Server> {
  return startServer([join(root, 'bench', 'null-server.ts'), '--bytes', String(answerBytes)])
}

/** A store full of Running instances, made once. Every subject gets a copy, so that all rounds begin alike. */
export interface Fleet {
  readonly ids: readonly string[]
  readonly seedFile: string
  /** A copy in a folder of its own, on disk to the last byte. */
  readonly copy: () => Promise<string>
}

export async function createFleet(parent: string, count: number): Promise<Fleet> {
  const folder = join(parent, `fleet-${count}`)
  const seedFile = `${folder}.json`
  await mkdir(folder)
  await writeFile(seedFile, JSON.stringify({ instances: [{ region: regionId, count }] }))
  await using subject = await startSubject({ folder, seedFile })
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

/** Runs `use` with a subject on a copy of the fleet, and leaves nothing behind. */
export async function withSubject<T>(fleet: Fleet, use: (subject: Server) => Promise<T>): Promise<T> {
  const folder = await fleet.copy()
  try {
    await using subject = await startSubject({ folder })
    return await use(subject)
  } finally {
    await rm(folder, { recursive: true })
  }
}
