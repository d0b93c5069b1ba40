import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

async function families({ client }: TestApp, params: Params = {}) {
  const answer = await client.call('DescribeInstanceTypeFamilies', { RegionId: 'cn-hangzhou', ...params })
  return answer['InstanceTypeFamilies'].InstanceTypeFamily
}

async function ids(server: TestApp, params: Params = {}) {
  return (await families(server, params)).map(family => family['InstanceTypeFamilyId'])
}

test('the families are those of the instance types, each once, in every region', async () => {
  await using server = await createTestApp()
  const { InstanceTypes } = await server.client.call('DescribeInstanceTypes')
  const expected = [...new Set(InstanceTypes.InstanceType.map(type => type['InstanceTypeFamily']))]
  assert.deepEqual(await ids(server), expected)
  assert.deepEqual(await ids(server, { RegionId: 'ap-southeast-1' }), expected)
})

test('the families that the help page names have its generations', async () => {
  await using server = await createTestApp()
  const found = new Map((await families(server)).map(one => [one['InstanceTypeFamilyId'], one['Generation']]))
  const documented = { 'ecs-4': ['g5', 'c5', 'r5', 't5'], 'ecs-5': ['g6', 'c6', 'r6', 't6'], 'ecs-6': ['hfg7', 'hfc7'] }
  for (const [generation, names] of Object.entries(documented)) {
    for (const name of names) assert.equal(found.get(`ecs.${name}`), generation, name)
  }
})

test('a generation shows its own families only, and every family is in one', async () => {
  await using server = await createTestApp()
  const all = await families(server)
  const listed: unknown[] = []
  for (const Generation of ['ecs-1', 'ecs-2', 'ecs-3', 'ecs-4', 'ecs-5', 'ecs-6']) {
    const own = await families(server, { Generation })
    assert.deepEqual(
      own,
      all.filter(family => family['Generation'] === Generation),
    )
    listed.push(...own)
  }
  assert.equal(listed.length, all.length)
})

test('the first two generations, of which the catalogue has no family, are empty', async () => {
  await using server = await createTestApp()
  for (const Generation of ['ecs-1', 'ecs-2']) assert.deepEqual(await families(server, { Generation }), [])
})

test('an unknown region and an unknown generation are refused', async () => {
  await using server = await createTestApp()
  const message = 'The RegionId provided does not exist in our records.'
  await expectError(families(server, { RegionId: 'xx' }), 'InvalidRegionId.NotFound', { status: 404, message })
  await expectError(families(server, { Generation: 'ecs-7' }), 'InvalidParameter', { status: 400 })
})
