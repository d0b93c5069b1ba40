import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectNoChange, region, unknownId } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const instances = { RegionId: region, ResourceType: 'instance' }

function numbered(name: string, values: readonly string[]): Params {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]))
}

function tagParams(tags: Readonly<Record<string, string>>): Params {
  const entries = Object.entries(tags).flatMap(([key, value], index) => [
    [`Tag.${index + 1}.Key`, key],
    [`Tag.${index + 1}.Value`, value],
  ])
  return Object.fromEntries(entries) as Params
}

const tag = ({ client }: TestApp, ids: readonly string[], tags: Readonly<Record<string, string>>) =>
  client.call('TagResources', { ...instances, ...numbered('ResourceId', ids), ...tagParams(tags) })

async function tagsOf(server: TestApp, id: string): Promise<Record<string, string>> {
  const { Tags } = await server.get(id)
  return Object.fromEntries(Tags.Tag.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
}

suite('TagResources', () => {
  test('adds tags to all instances named, and gives a key that is there the new value', async () => {
    await using server = await createTestApp()
    const ids = await server.seed({ instances: [{ region, count: 2, tags: { env: 'dev', team: 'a' } }] })
    await tag(server, ids, { env: 'prod', owner: '' })
    for (const id of ids) assert.deepEqual(await tagsOf(server, id), { env: 'prod', team: 'a', owner: '' })
    const found = await server.client.call('DescribeInstances', { RegionId: region, ...tagParams({ env: 'prod' }) })
    assert.equal(found['TotalCount'], 2)
  })

  test('a key may be any text, even one that means something to JavaScript', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await server.client.call('TagResources', {
      ...instances,
      'ResourceId.1': id,
      'Tag.1.Key': '__proto__',
      'Tag.1.Value': 'a',
      'Tag.2.Key': 'constructor',
    })
    const shown = (await server.describe(id))?.['Tags'].Tag
    assert.deepEqual(shown, [
      { TagKey: '__proto__', TagValue: 'a' },
      { TagKey: 'constructor', TagValue: '' },
    ])
  })

  test('an instance has at most 20 tags', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ tags: { first: '' } })
    const other = await server.instance()
    const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, '']))
    const message = 'The quota of tags on resource is beyond permitted range.'
    await expectNoChange(server, async () => {
      await expectError(tag(server, [other, id], twenty), 'OperationDenied.QuotaExceed', { status: 400, message })
      const call = { ...instances, ResourceId: id, ...tagParams(twenty) }
      await expectError(server.client.call('AddTags', call), 'InvalidTagCount', { status: 400 })
      await expectError(tag(server, [id], { ...twenty, k20: '' }), 'NumberExceed.Tags', { status: 400 })
    })
    const { k0: _, ...nineteen } = twenty
    await tag(server, [id], nineteen)
    await tag(server, [id], { ...nineteen, first: 'again' })
    assert.equal(Object.keys(await tagsOf(server, id)).length, 20)
  })

  test('one instance that is missing or elsewhere refuses all', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const elsewhere = await server.instance({ region: 'cn-beijing', zone: 'cn-beijing-a' })
    await expectNoChange(server, async () => {
      for (const missing of [unknownId, elsewhere, 'nonsense']) {
        await expectError(tag(server, [id, missing], { a: 'b' }), 'InvalidResourceId.NotFound', { status: 404 })
      }
      const many = Array.from({ length: 51 }, (_, index) => `i-bp1example${index}`)
      await expectError(tag(server, many, { a: 'b' }), 'NumberExceed.ResourceIds', { status: 400 })
    })
  })

  test('malformed and repeated keys are refused', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await expectNoChange(server, async () => {
      for (const key of ['aliyun1', 'acs:x', 'see http://x', 'k'.repeat(129)]) {
        await expectError(tag(server, [id], { [key]: 'v' }), 'InvalidTagKey.Malformed', { status: 400 })
      }
      for (const value of ['https://x', 'v'.repeat(129)]) {
        await expectError(tag(server, [id], { key: value }), 'InvalidTagValue.Malformed', { status: 400 })
      }
      const twice = { 'ResourceId.1': id, 'Tag.1.Key': 'k', 'Tag.2.Key': 'k' }
      await expectError(server.client.call('TagResources', { ...instances, ...twice }), 'Duplicate.TagKey')
    })
  })

  test('other resources are refused, since they carry no tags here', async () => {
    await using server = await createTestApp()
    for (const action of ['TagResources', 'UntagResources']) {
      const params = { ...instances, ResourceType: 'disk', 'ResourceId.1': 'd-1', 'Tag.1.Key': 'k', 'TagKey.1': 'k' }
      await expectError(server.client.call(action, params), 'NotImplemented', { status: 501 })
    }
    const listed = await server.client.call('ListTagResources', {
      ...instances,
      ResourceType: 'disk',
      'ResourceId.1': 'd-1',
    })
    assert.deepEqual(listed['TagResources'], { TagResource: [] })
  })
})

suite('UntagResources', () => {
  const untag = ({ client }: TestApp, ids: readonly string[], params: Params) =>
    client.call('UntagResources', { ...instances, ...numbered('ResourceId', ids), ...params })

  test('takes the named keys away; one that is not there does not matter', async () => {
    await using server = await createTestApp()
    const ids = await server.seed({ instances: [{ region, count: 2, tags: { a: '1', b: '2' } }] })
    await untag(server, ids, { 'TagKey.1': 'a', 'TagKey.2': 'c', All: true })
    for (const id of ids) assert.deepEqual(await tagsOf(server, id), { b: '2' })
  })

  test('All takes every tag away; without it and without keys the call is refused', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ tags: { a: '1', b: '2' } })
    await expectError(untag(server, [id], {}), 'MissingParameter.Tags', { status: 404 })
    await untag(server, [id], { All: true })
    assert.deepEqual(await tagsOf(server, id), {})
    await expectError(untag(server, [unknownId], { All: true }), 'InvalidResourceId.NotFound', { status: 404 })
  })
})

suite('ListTagResources', () => {
  const list = async ({ client }: TestApp, params: Params) => {
    const { TagResources, NextToken } = await client.call('ListTagResources', { ...instances, ...params })
    const entries: Record<string, string>[] = TagResources.TagResource
    return { next: NextToken, entries: entries.map(one => `${one['ResourceId']} ${one['TagKey']}=${one['TagValue']}`) }
  }

  test('finds by id, by tag and by both', async () => {
    await using server = await createTestApp()
    const one = await server.instance({ tags: { env: 'dev', team: 'a' } })
    const two = await server.instance({ tags: { env: 'prod' } })
    await server.instance()
    const both = [`${two} env=prod`, `${one} env=dev`, `${one} team=a`]
    assert.deepEqual((await list(server, numbered('ResourceId', [one, two, unknownId]))).entries, both)
    assert.deepEqual((await list(server, { 'Tag.1.Key': 'env' })).entries, both)
    assert.deepEqual((await list(server, tagParams({ env: 'prod' }))).entries, [`${two} env=prod`])
    assert.deepEqual((await list(server, { 'Tag.1.Key': 'team', 'ResourceId.1': two })).entries, [])
    await expectError(list(server, {}), 'MissingParameter.Tags', { status: 404 })
    await expectError(list(server, { 'Tag.1.Value': 'x' }), 'InvalidParameter.TagValue', { status: 400 })
  })

  test('pages through many instances by token', async () => {
    await using server = await createTestApp()
    const ids = await server.seed({ instances: [{ region, count: 120, tags: { env: 'dev' } }] })
    const seen: string[] = []
    let token = ''
    do {
      const page = await list(server, { 'Tag.1.Key': 'env', NextToken: token })
      seen.push(...page.entries)
      token = page.next
    } while (token !== '')
    assert.deepEqual(
      seen,
      ids.toReversed().map(id => `${id} env=dev`),
    )
    await expectError(list(server, { 'Tag.1.Key': 'env', NextToken: 'abc' }), 'InvalidParameter')
  })
})

suite('the older operations', () => {
  test('AddTags and RemoveTags change one instance', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ tags: { a: '1', b: '2', c: '3' } })
    const one = { ...instances, ResourceId: id }
    await server.client.call('AddTags', { ...one, 'Tag.1.key': 'a', 'Tag.1.value': '9' })
    await server.client.call('RemoveTags', { ...one, 'Tag.1.Key': 'b', 'Tag.2.Key': 'c', 'Tag.2.Value': 'other' })
    assert.deepEqual(await tagsOf(server, id), { a: '9', c: '3' })
    await expectError(server.client.call('RemoveTags', one), 'InvalidTagCount')
    await expectError(server.client.call('RemoveTags', { ...one, 'Tag.1.Value': 'x' }), 'InvalidTagKey.Malformed')
    const missing = { ...one, ResourceId: unknownId, 'Tag.1.Key': 'a' }
    for (const action of ['AddTags', 'RemoveTags']) {
      await expectError(server.client.call(action, missing), 'InvalidResourceId.NotFound', { status: 404 })
    }
  })

  test('DescribeTags counts instances by key and value', async () => {
    await using server = await createTestApp()
    await server.seed({ instances: [{ region, count: 3, tags: { env: 'dev' } }] })
    const id = await server.instance({ tags: { env: 'dev', team: 'a' } })
    const shown = async (params: Params = {}) => {
      const { Tags, TotalCount } = await server.client.call('DescribeTags', { RegionId: region, ...params })
      const tags = Tags.Tag
      return [TotalCount, tags.map(one => `${one['TagKey']}=${one['TagValue']} ${one['ResourceTypeCount'].Instance}`)]
    }
    assert.deepEqual(await shown(), [2, ['env=dev 4', 'team=a 1']])
    assert.deepEqual(await shown({ PageSize: 1, PageNumber: 2 }), [2, ['team=a 1']])
    assert.deepEqual(await shown({ ResourceId: id }), [2, ['env=dev 1', 'team=a 1']])
    assert.deepEqual(await shown({ 'Tag.1.Key': 'team' }), [1, ['team=a 1']])
    assert.deepEqual(await shown({ ResourceType: 'disk' }), [0, []])
  })
})
