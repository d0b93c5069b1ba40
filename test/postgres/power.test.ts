// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/instances/StartInstances.test.ts')
await import('../../src/operations/ecs/instances/RebootInstances.test.ts')
await import('../../src/operations/ecs/instances/DeleteInstances.test.ts')
await import('../../src/operations/ecs/instances/DeleteInstances.released.test.ts')
