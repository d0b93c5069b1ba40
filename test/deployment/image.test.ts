import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createClient } from '../support/client.ts'
import {
  commandOf,
  environmentOf,
  instructionsOf,
  parseCopy,
  parseDockerfile,
  type Stage,
} from '../support/dockerfile.ts'
import { freePort } from '../support/process.ts'
import { key, until } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [packing, , image] = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8')) as [Stage, Stage, Stage]

/** Carries out the stage that packs, but for `npm ci`: the packages that are here stand in for those it would bring. */
function carryOut(stage: Stage, folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of stage.instructions) {
    if (name === 'COPY') {
      const { sources, target } = parseCopy(text)
      const isFolder = target.endsWith('/') || sources.length > 1
      for (const source of sources) {
        cpSync(join(root, source), join(folder, isFolder ? join(target, source) : target), { recursive: true })
      }
    } else if (name === 'RUN' && text.startsWith('npm ci')) {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    } else if (name === 'RUN') {
      execFileSync('sh', ['-c', text], { cwd: folder, stdio: 'pipe' })
    }
  }
}

/** The packages that `npm ci --omit=dev` brings, and no others. */
function linkProductionPackages(folder: string): void {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>
  }
  const paths = Object.entries(lock.packages).flatMap(([path, { dev, devOptional }]) =>
    path === '' || dev === true || devOptional === true || !existsSync(join(root, path)) ? [] : [path],
  )
  // Those inside of others come with them.
  for (const path of paths.filter(one => one.lastIndexOf('node_modules/') === 0)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(join(root, path), join(folder, path))
  }
}

test('the steps of the Dockerfile, done on processes: the packed package starts, is healthy, and ends when told to', async () => {
  using folder = tempFolder()
  carryOut(packing, join(folder.path, 'source'))
  const app = join(folder.path, 'app')
  const data = join(folder.path, 'data')
  cpSync(join(folder.path, 'source', 'package'), app, { recursive: true })
  linkProductionPackages(app)
  mkdirSync(data)
  assert.ok(!existsSync(join(app, 'src')))

  const [volume = ''] = instructionsOf(image, 'VOLUME')
  const declared = environmentOf(image)
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...declared,
    LOCALYUN_STORE: (declared['LOCALYUN_STORE'] ?? '').replace(volume, data),
    LOCALYUN_PORT: String(await freePort()),
  }
  const [check = '', ...checkArguments] = commandOf(image, 'HEALTHCHECK')
  const isHealthy = () =>
    new Promise<boolean>(resolve => {
      execFile(check, checkArguments, { env, cwd: app }, error => resolve(error === null))
    })
  assert.equal(await isHealthy(), false)
  const [program = '', ...words] = [...commandOf(image, 'ENTRYPOINT'), ...commandOf(image, 'CMD')]
  const server = spawn(program, words, { env, cwd: app, stdio: 'ignore' })
  try {
    const ended = new Promise<number | null>(resolve => {
      server.on('exit', resolve)
    })
    await until(isHealthy, 20_000)
    const client = createClient({ endpoint: `http://127.0.0.1:${env.LOCALYUN_PORT}`, ...key })
    assert.ok((await client.call('DescribeRegions'))['Regions'].Region.length > 0)
    assert.ok(existsSync(join(data, 'state.db')))
    server.kill('SIGTERM')
    assert.equal(await ended, 0)
    assert.equal(await isHealthy(), false)
  } finally {
    server.kill('SIGKILL')
  }
})
