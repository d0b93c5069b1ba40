// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/instances/RunInstances.test.ts')
await import('../../src/operations/ecs/instances/RunInstances.disks.test.ts')
await import('../../src/operations/ecs/instances/RunInstances.placement.test.ts')
await import('../../src/operations/ecs/instances/RunInstances.tokens.test.ts')
await import('../../src/operations/ecs/tags/TagResources.test.ts')
await import('../../src/operations/ecs/instances/DescribeInstances.filters.test.ts')
await import('../../src/operations/ecs/instances/DescribeInstances.paging.test.ts')
await import('../../src/operations/ecs/disks/DescribeDisks.test.ts')
await import('../../src/operations/ecs/instances/queries.test.ts')
await import('../../src/operations/ecs/instances/CreateInstance.test.ts')
await import('../../src/operations/ecs/instances/ModifyInstanceSpec.test.ts')
await import('../../src/operations/kms/keys/key-state.test.ts')
