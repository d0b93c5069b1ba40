// The suites of both stores, on PostgreSQL.
process.env['LOCALYUN_TEST_STORE'] = 'postgres'
await import('../../src/store/store.test.ts')
await import('../../src/store/table.test.ts')
