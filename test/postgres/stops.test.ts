// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/operations/ecs/StopInstances.test.ts')
await import('../../src/operations/ecs/StopInstances.modes.test.ts')
await import('../../src/operations/ecs/StopInstances.errors.test.ts')
await import('../../src/operations/ecs/StopInstance.test.ts')
