import { z } from 'zod'
import { seedDocument } from '../../services/world/seed-document.ts'
import { StateError } from '../../services/world/dump.ts'
import { type TableName, tables } from '../../store/tables/every-table.ts'
import { ControlError, defineRoute } from '../route.ts'

const rows = z.strictObject({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})
const stateDocument = z.strictObject({
  schema: z.number().int(),
  tables: z.strictObject(Object.fromEntries(tables.map(({ name }) => [name, rows])) as Record<TableName, typeof rows>),
})

export const worldRoutes = [
  defineRoute({
    method: 'POST',
    path: '/seed',
    summary: 'Adds what a seed document describes to what is there.',
    body: seedDocument,
    async handle({ store, seeding }, { body }) {
      const instanceIds = await store.transaction('alone', tx => seeding.add(tx, body))
      return { json: { instanceIds } }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/reset',
    summary: 'Empties everything but the default account.',
    async handle({ store, dump }) {
      await store.transaction('alone', tx => dump.reset(tx))
      return { json: {} }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/fork',
    summary: 'Starts a copy of this world, in memory, on a port of its own; it ends with this server.',
    async handle({ fork }) {
      const { endpoint } = await fork()
      return { json: { endpoint } }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/state',
    summary: 'All state, to be put back later.',
    handle: async ({ store, dump }) => ({ json: await store.transaction('alone', tx => dump.exportState(tx)) }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/state',
    summary: 'Replaces all state by an exported one.',
    body: stateDocument,
    async handle({ store, dump, engine }, { body }) {
      try {
        await store.transaction('alone', tx => dump.importState(tx, body))
      } catch (reason) {
        if (reason instanceof StateError) throw new ControlError(400, reason.message)
        throw reason
      }
      await engine.takeUp()
      return { json: {} }
    },
  }),
]
