import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { type AnswerTo, expectError, type Params } from '../../../../test/support/client.ts'

async function serverWith(count: number) {
  const server = await createTestApp()
  const ids = await server.seed({ instances: [{ count, region: 'cn-hangzhou' }] })
  return Object.assign(server, { newestFirst: ids.reverse() })
}

interface Page {
  readonly ids: string[]
  readonly answer: AnswerTo<'DescribeInstances'>
}

async function page({ client }: TestApp, params: Params): Promise<Page> {
  const answer = await client.call('DescribeInstances', { RegionId: 'cn-hangzhou', ...params })
  return { answer, ids: answer['Instances'].Instance.map(one => one['InstanceId']) }
}

/** Follows NextToken to the end; `between` runs after every page. */
async function allPages(server: TestApp, params: Params, between = async () => {}): Promise<string[][]> {
  const pages: string[][] = []
  let token = ''
  do {
    const { ids, answer } = await page(server, token === '' ? params : { ...params, NextToken: token })
    pages.push(ids)
    token = answer['NextToken']
    assert.equal(typeof token, 'string')
    assert.ok(pages.length < 100, 'it does not end')
    await between()
  } while (token !== '')
  return pages
}

test('NextToken leads through 250 instances, newest first, without loss or repeat', async () => {
  await using server = await serverWith(250)
  const pages = await allPages(server, { MaxResults: 100 })
  assert.deepEqual(
    pages.map(ids => ids.length),
    [100, 100, 50],
  )
  assert.deepEqual(pages.flat(), server.newestFirst)
})

test('instances that come and go meanwhile do not disturb the pages', async () => {
  await using server = await serverWith(45)
  const seen = await allPages(server, { MaxResults: 10 }, async () => {
    const newest = await server.instance()
    const { ids } = await page(server, { PageSize: 1 })
    assert.deepEqual(ids, [newest])
  })
  assert.deepEqual(seen.flat(), server.newestFirst)
  const { answer, ids } = await page(server, { MaxResults: 10 })
  const gone = ids.at(-1) ?? ''
  await server.client.call('DeleteInstance', { InstanceId: gone, Force: true })
  const next = await page(server, { MaxResults: 10, NextToken: answer['NextToken'] })
  assert.equal(new Set([...ids, ...next.ids]).size, 20)
})

test('a list that ends with a full page says so', async () => {
  await using server = await serverWith(20)
  assert.deepEqual(
    (await allPages(server, { MaxResults: 20 })).map(ids => ids.length),
    [20],
  )
  assert.deepEqual(
    (await allPages(server, { MaxResults: 10 })).map(ids => ids.length),
    [10, 10],
  )
})

test('MaxResults below 10 counts as 10, above 100 as 100; a token alone brings 10', async () => {
  await using server = await serverWith(105)
  for (const [MaxResults, size] of [
    [1, 10],
    [9, 10],
    [10, 10],
    [11, 11],
    [100, 100],
    [101, 100],
    [100_000, 100],
  ] as const) {
    const { ids, answer } = await page(server, { MaxResults })
    assert.deepEqual([ids.length, answer['PageSize']], [size, size], `MaxResults ${MaxResults}`)
  }
  const { answer } = await page(server, { MaxResults: 50 })
  assert.deepEqual((await page(server, { NextToken: answer['NextToken'] })).ids, server.newestFirst.slice(50, 60))
  await expectError(page(server, { MaxResults: 0 }), 'InvalidParameter')
})

test('with a token PageNumber and PageSize are ignored, and the filter goes on', async () => {
  await using server = await serverWith(30)
  const [stopped = ''] = server.newestFirst.slice(25)
  await server.client.call('StopInstance', { InstanceId: stopped })
  await server.advance(60)
  const running = server.newestFirst.filter(id => id !== stopped)
  const pages = await allPages(server, { MaxResults: 12, Status: 'Running', PageNumber: 7, PageSize: 3 })
  assert.deepEqual(pages, [running.slice(0, 12), running.slice(12, 24), running.slice(24)])
})

test('a token that was not given out is refused', async () => {
  await using server = await serverWith(1)
  const message = 'The specified parameter "NextToken" is not valid.'
  for (const NextToken of ['x', 'garbage', Buffer.from('s').toString('base64url'), "' or 1=1", 'x'.repeat(65)]) {
    await expectError(page(server, { NextToken }), 'InvalidParameter', { status: 400, message })
  }
})

test('page numbers lead through the same list; TotalCount counts all of it', async () => {
  await using server = await serverWith(250)
  const pages: Page[] = []
  for (const PageNumber of [1, 2, 3, 4]) pages.push(await page(server, { PageNumber, PageSize: 100 }))
  assert.deepEqual(
    pages.map(({ ids }) => ids.length),
    [100, 100, 50, 0],
  )
  assert.deepEqual(
    pages.flatMap(({ ids }) => ids),
    server.newestFirst,
  )
  for (const [index, { answer }] of pages.entries()) {
    const { TotalCount, PageNumber, PageSize, NextToken } = answer
    assert.deepEqual([TotalCount, PageNumber, PageSize, NextToken === ''], [250, index + 1, 100, index >= 2])
  }
})

test('a page that is not the last carries a token with which the CLI’s pager goes on', async () => {
  await using server = await serverWith(25)
  const seen: string[] = []
  let token = ''
  do {
    const { ids, answer } = await page(server, { PageSize: 10, ...(token === '' ? {} : { NextToken: token }) })
    seen.push(...ids)
    token = answer['NextToken']
  } while (token !== '')
  assert.deepEqual(seen, server.newestFirst)
})

test('a page has 10 instances unless told otherwise, and 1 to 100', async () => {
  await using server = await serverWith(101)
  const first = await page(server, {})
  assert.deepEqual(first.ids, server.newestFirst.slice(0, 10))
  assert.deepEqual([first.answer['TotalCount'], first.answer['PageNumber'], first.answer['PageSize']], [101, 1, 10])
  assert.equal((await page(server, { PageSize: 1 })).ids.length, 1)
  assert.equal((await page(server, { PageSize: 100 })).ids.length, 100)
  for (const params of [{ PageSize: 0 }, { PageSize: 101 }, { PageNumber: 0 }, { PageNumber: -1 }]) {
    const [name = ''] = Object.keys(params)
    const message = `The specified parameter "${name}" is not valid.`
    await expectError(page(server, params), 'InvalidParameter', { status: 400, message })
  }
})

test('100 ids are looked up at once; the page is as large as was asked for', async () => {
  await using server = await serverWith(120)
  const InstanceIds = JSON.stringify(server.newestFirst.slice(10, 110))
  const { ids, answer } = await page(server, { InstanceIds, PageSize: 100 })
  assert.deepEqual(ids, server.newestFirst.slice(10, 110))
  assert.equal(answer['TotalCount'], 100)
  assert.deepEqual((await page(server, { InstanceIds })).ids, server.newestFirst.slice(10, 20))
})
