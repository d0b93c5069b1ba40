// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/RunInstances.test.ts')
await import('../../src/operations/ecs/RunInstances.disks.test.ts')
await import('../../src/operations/ecs/RunInstances.placement.test.ts')
await import('../../src/operations/ecs/RunInstances.tokens.test.ts')
await import('../../src/operations/ecs/TagResources.test.ts')
await import('../../src/operations/ecs/DescribeInstances.filters.test.ts')
await import('../../src/operations/ecs/DescribeInstances.paging.test.ts')
await import('../../src/operations/ecs/DescribeDisks.test.ts')
await import('../../src/operations/ecs/queries.test.ts')
await import('../../src/operations/ecs/CreateInstance.test.ts')
await import('../../src/operations/ecs/ModifyInstanceSpec.test.ts')
await import('../../src/operations/kms/key-state.test.ts')
