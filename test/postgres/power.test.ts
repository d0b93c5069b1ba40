// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/StartInstances.test.ts')
await import('../../src/operations/ecs/RebootInstances.test.ts')
await import('../../src/operations/ecs/DeleteInstances.test.ts')
await import('../../src/operations/ecs/DeleteInstances.released.test.ts')
