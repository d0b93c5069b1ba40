import assert from 'node:assert/strict'
import { Session } from 'node:inspector/promises'
import { relative, sep } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTestApp, type TestApp } from '../support/app.ts'
import { callBatch } from '../support/batch.ts'

/** Machinery that every call and job goes through; `control` is another entrance, which every request is held against. */
const machinery = new Set(['protocol', 'store', 'engine', 'platform', 'control'])
const source = fileURLToPath(new URL('../../src', import.meta.url))

/** The files of `src/`, but for machinery and what stands on no floor, in which a function runs while `work` does. */
async function filesOf(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await work()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  session.disconnect()
  return result
    .filter(({ url, functions }) => url.startsWith('file:') && functions.some(({ ranges }) => ranges[0]?.count))
    .map(({ url }) => relative(source, fileURLToPath(url)).split(sep))
    .filter(([floor = '..', ...rest]) => floor !== '..' && rest.length > 0 && !machinery.has(floor))
    .map(parts => parts.join('/'))
    .sort()
}

/** What is loaded or made with the first stop is there already, and nothing comes in between that is done every second. */
async function warmServer(context: TestContext): Promise<TestApp> {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const server = await createTestApp()
  await callBatch(server.client, 'StopInstances', [await server.instance()])
  await server.advance(60)
  return server
}

function expectFiles(files: readonly string[], most: number): void {
  assert.ok(files.length > 0 && files.length <= most, `functions ran in ${files.length} files: ${files.join(', ')}`)
}

suite('a stop reads top to bottom in few files', () => {
  test('the call: six', async context => {
    await using server = await warmServer(context)
    const id = await server.instance()
    const files = await filesOf(() => callBatch(server.client, 'StopInstances', [id]))
    assert.equal(await server.status(id), 'Stopping')
    expectFiles(files, 6)
  })

  test('the job that ends it: seven', async context => {
    await using server = await warmServer(context)
    const id = await server.instance()
    await callBatch(server.client, 'StopInstances', [id])
    const files = await filesOf(() => server.advance(60))
    assert.equal(await server.status(id), 'Stopped')
    expectFiles(files, 7)
  })
})
