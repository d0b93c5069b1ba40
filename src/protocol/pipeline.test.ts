import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../test/support/app.ts'
import { control } from '../../test/support/control.ts'
import { signedForm } from '../../test/support/client.ts'
import { send, targetWith, timestamp } from '../../test/support/raw.ts'
import { checkOrder } from './trace.ts'

/** What a call says of itself, right or wrong. */
interface Said {
  readonly method: string
  readonly path: string
  readonly format: string
  readonly action: string
  readonly signer: { readonly accessKeyId: string; readonly secret: string }
  readonly overrides: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

/** Wrong in every way. */
const wrong: Said = {
  method: 'PUT',
  path: '/nowhere',
  format: 'yaml',
  action: 'StopEverything',
  signer: { accessKeyId: 'stranger', secret: 'guessed' },
  overrides: { Timestamp: timestamp(-3600), SignatureNonce: 'used' },
  params: {},
}

test('a call that is wrong in every way is refused by one check after another, as the documents list them', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const id = await server.instance()
  const allow = [{ effect: 'Allow' as const, action: ['ecs:StopInstances'], resource: ['*'] }]
  const accessKeys = [
    { id: 'nobody', secret: 'nobody-secret', policy: [] },
    { id: 'permitted', secret: 'permitted-secret', policy: allow },
  ]
  await server.seed({ accounts: [{ id: '1000000000000001', accessKeys }] })
  const call = (said: Said) =>
    send(port, {
      method: said.method,
      target: targetWith(
        signedForm(said.signer, said.method, said.action, said.params, { Format: said.format, ...said.overrides }),
        said.path,
      ),
    })
  const nobody = { accessKeyId: 'nobody', secret: 'nobody-secret' }
  const spent = { ...wrong, method: 'GET', path: '/', format: 'JSON', action: 'StopInstances', signer: nobody }
  await call({ ...spent, overrides: { SignatureNonce: 'used' } })
  await control(server, 'POST', '/faults', { action: 'StopInstances', error: { code: 'InternalError' }, times: 1 })

  const params = { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1unknown0000000001' }
  const mended: readonly Partial<Said>[] = [
    { method: 'GET' },
    { path: '/' },
    { format: 'JSON' },
    { action: 'StopInstances' },
    { signer: { accessKeyId: 'nobody', secret: 'guessed' } },
    { overrides: { SignatureNonce: 'used' } },
    { signer: nobody },
    { overrides: {} },
    // The fault strikes once.
    {},
    { params },
    { signer: { accessKeyId: 'permitted', secret: 'permitted-secret' } },
    { params: { ...params, 'InstanceId.1': id } },
  ]
  await call(wrong)
  for (const [index] of mended.entries()) await call(Object.assign({}, wrong, ...mended.slice(0, index + 1)) as Said)
  const { body } = await control(server, 'GET', `/requests?limit=${mended.length + 1}`)
  const refusedBy = body.requests.map((entry: { refusedBy: string }) => entry.refusedBy)
  assert.deepEqual(refusedBy.reverse(), [...checkOrder, 'handler', ''])
})
