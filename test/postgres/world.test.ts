// These suites once more, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/engine/engine.test.ts')
await import('../../src/services/instances/auto-release.test.ts')
await import('../../src/services/world/dump.test.ts')
await import('../../src/control/events.test.ts')
await import('../../src/control/faults.test.ts')
await import('../../src/control/instance-faults.test.ts')
await import('../../src/control/cost.test.ts')
await import('../../src/control/system-events.test.ts')
await import('../../src/control/metrics/metrics.test.ts')
await import('../../src/webhooks/webhooks.test.ts')
await import('../../src/services/billing/metering.test.ts')
