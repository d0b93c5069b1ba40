// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/instances/StopInstances.test.ts')
await import('../../src/operations/ecs/instances/StopInstances.modes.test.ts')
await import('../../src/operations/ecs/instances/StopInstances.errors.test.ts')
await import('../../src/operations/ecs/instances/StopInstance.test.ts')
