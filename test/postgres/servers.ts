import { createTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/postgres.ts'

/** Servers over one database. */
export async function createServers(count: number, config: Parameters<typeof createTestApp>[0] = {}) {
  const database = await testDatabase()
  const servers: TestApp[] = []
  for (let index = 0; index < count; index++) servers.push(await createTestApp({ store: database.url, ...config }))
  const [first, second] = servers as [TestApp, TestApp]
  const dispose = async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
  return { first, second, servers, database, [Symbol.asyncDispose]: dispose }
}
