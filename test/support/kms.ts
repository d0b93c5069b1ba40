import { products } from '../../src/protocol/operation.ts'
import type { TestApp } from './app.ts'
import type { TestClient } from './client.ts'

/** Calls operations of KMS; names no region unless told. */
export function kmsOf(server: TestApp, client: TestClient = server.client): TestClient {
  return { call: (action, params = {}) => client.call(action, { Version: products.Kms, ...params }) }
}

export const ecsTag = '[{"TagKey":"acs:ecs:disk-encryption","TagValue":"true"}]'

/** Makes a key, tagged for ECS unless told, and returns its id. */
export async function createKey(server: TestApp, params: Readonly<Record<string, string>> = {}): Promise<string> {
  const { KeyMetadata } = await kmsOf(server).call('CreateKey', { Tags: ecsTag, ...params })
  return KeyMetadata.KeyId
}
