import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operations } from '../../src/operations/index.ts'
import { describeError } from '../../src/protocol/errors.ts'
import { type AnyOperation, changesState, products, ramAction, wireRules } from '../../src/protocol/operation.ts'
import type { Param } from '../../src/protocol/params.ts'
import type { TestApp } from '../support/app.ts'
import { signedForm } from '../support/client.ts'
import { createExampleWorld, exampleAccount, lists, stateOf } from '../support/examples.ts'
import {
  callV1 as callV1Of,
  callV3 as callV3Of,
  expectRefusal,
  key,
  type Key,
  send,
  signedV3,
  timestamp,
  targetWith,
} from '../support/raw.ts'
import { callThroughSdk, expectModelled, hasModel } from '../support/sdk-models.ts'
import { expectSame, parseXml } from '../support/xml.ts'

const nobody = { accessKeyId: 'nobody', secret: 'nobody-secret' }
const inactive = { accessKeyId: 'inactive', secret: 'inactive-secret' }
const permitted = { accessKeyId: 'permitted', secret: 'permitted-secret' }
const elsewhere = { accessKeyId: 'elsewhere', secret: 'elsewhere-secret' }
const forbidden = { accessKeyId: 'forbidden', secret: 'forbidden-secret' }

/** What the examples speak of, and keys that may use an operation in different measure. */
function worldFor(operation: AnyOperation): Promise<TestApp> {
  const user = ({ accessKeyId: id, secret }: Key) => ({ id, secret })
  const permission = ramAction(operation)
  const [name] = permission.split(':')
  const allow = (resource: string) => ({
    effect: 'Allow' as const,
    action: [permission],
    resource: [resource],
  })
  return createExampleWorld(operation.action, [
    { ...user(nobody), policy: [] },
    { ...user(inactive), status: 'Inactive' },
    { ...user(permitted), policy: [allow('*')] },
    { ...user(elsewhere), policy: [allow(`acs:${name}:cn-beijing:*:*`)] },
    { ...user(forbidden), policy: [allow('*'), { effect: 'Deny', action: [`${name}:*`] }] },
  ])
}

/** The name under which a single value of a parameter is sent. */
function wireName(name: string, param: Param): string {
  return param.kind === 'repeated' ? `${name}.1` : name
}

for (const operation of operations) describeOperation(operation)

function describeOperation(operation: AnyOperation) {
  const { action, examples, params } = operation
  const example = examples[0]?.params ?? assert.fail(`${action} has no example`)
  const Version = products[operation.product]
  // Some actions exist in two products.
  const label = operation.product === 'Ecs' ? action : `${operation.product} ${action}`
  const denial = wireRules[operation.product]?.denial ?? 'Forbidden.RAM'
  // The catalogue names no resource: whoever has a key may read it.
  const isOpen = [operation.access.on].flat().length === 0
  const world = () => worldFor(operation)
  const callV1: typeof callV1Of = (port, action, given, overrides, signer) =>
    callV1Of(port, action, given, { Version, ...overrides }, signer)
  const callV3: typeof callV3Of = (port, action, given, headers, signer) =>
    callV3Of(port, action, given, { 'x-acs-version': Version, ...headers }, signer)

  for (const { title, params: given } of examples) {
    test(`${label}, example "${title}": XML says the same as JSON`, async () => {
      await using one = await world()
      await using other = await world()
      const json = await callV1(one.app.port, action, given)
      assert.equal(json.status, 200, json.body)
      const xml = parseXml((await callV1(other.app.port, action, given, { Format: 'XML' })).body)
      assert.equal(xml.name, wireRules[operation.product]?.xmlRoot ?? `${action}Response`)
      expectSame(xml, json.json())
    })

    if (!hasModel(operation)) continue

    test(`${label}, example "${title}": runs, and the SDK's model knows every part of the answer`, async () => {
      await using server = await world()
      const answer = await callV1(server.app.port, action, given)
      assert.equal(answer.status, 200, answer.body)
      const body = answer.json()
      // Only the bill says of itself that it succeeded.
      for (const name of ['Code', 'Message', 'Success']) {
        assert.equal(name in body, operation.product === 'BssOpenApi', `a top-level ${name}`)
      }
      assert.match(body['RequestId'], /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
      expectModelled(operation, body)
    })

    test(`${label}, example "${title}": through the official SDK`, async () => {
      await using server = await world()
      const body = await callThroughSdk(server.app.port, operation, given)
      assert.match(String(body['requestId']), /^[0-9A-F-]{36}$/)
    })
  }

  test(`${label}: each required parameter is missed by its name`, async () => {
    await using server = await world()
    const required = Object.keys(params).filter(name => params[name]?.required)
    for (const name of required) {
      const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key.split('.')[0] !== name))
      const body = expectRefusal(await callV1(server.app.port, action, rest), `Missing${name}`, 400)
      assert.equal(body['Message'], `${name} is mandatory for this action.`)
      if (params[name]?.kind === 'repeated') continue
      expectRefusal(await callV1(server.app.port, action, { ...rest, [name]: '' }), `Missing${name}`, 400)
    }
  })

  test(`${label}: each bad value is refused with the code of its parameter`, async () => {
    await using server = await world()
    for (const [name, param] of Object.entries(params)) {
      if (param.badValue === undefined) continue
      const sent = wireName(name, param)
      const answer = await callV1(server.app.port, action, { ...example, [sent]: param.badValue })
      const expected = describeError(param.error, { name: sent })
      const body = expectRefusal(answer, expected.code, expected.status)
      assert.equal(body['Message'], expected.message)
    }
  })

  test(`${label}: parameters that are not honoured yet are refused, not ignored`, async () => {
    await using server = await world()
    for (const name of operation.refused ?? []) {
      for (const sent of [name, `${name}.1`, `${name}.1.Field`]) {
        const answer = await callV1(server.app.port, action, { ...example, [sent]: 'x' })
        const body = expectRefusal(answer, 'NotImplemented', 501)
        assert.ok(body['Message'].includes(name), body['Message'])
      }
    }
  })

  test(`${label}: an unsigned call is refused, and says what is missing`, async () => {
    await using server = await world()
    const { port } = server.app
    for (const name of ['AccessKeyId', 'Signature', 'Timestamp', 'SignatureNonce']) {
      const query = signedForm(key, 'GET', action, example, { Version })
      query.delete(name)
      const body = expectRefusal(await send(port, { target: targetWith(query) }), 'MissingParameter', 400)
      assert.ok(body['Message'].includes(`"${name}"`), body['Message'])
    }
    const { headers, ...v3 } = signedV3(port, action, { query: example, headers: { 'x-acs-version': Version } })
    const answer = await send(port, { ...v3, headers: { ...headers, authorization: undefined } })
    expectRefusal(answer, 'MissingParameter', 400)
  })

  test(`${label}: a wrong signature is refused with our string to sign right behind the first colon`, async () => {
    await using server = await world()
    const { port } = server.app
    const wrong = { accessKeyId: 'localyun', secret: 'guessed' }
    const v1 = expectRefusal(await callV1(port, action, example, {}, wrong), 'SignatureDoesNotMatch', 400)
    const [text, ours] = v1['Message'].split(':')
    assert.equal(text, 'Specified signature is not matched with our calculation. server string to sign is')
    assert.ok(/^GET&%2F&.*AccessKeyId%3Dlocalyun%26Action%3D/.test(ours), ours)
    const v3 = expectRefusal(await callV3(port, action, example, {}, wrong), 'SignatureDoesNotMatch', 400)
    assert.match(v3['Message'], /^[^:]*string to sign is:ACS3-HMAC-SHA256\n[0-9a-f]{64}$/)
  })

  test(`${label}: a time stamp is well formed and within 15 minutes of the machine's time`, async () => {
    await using server = await world()
    const { port } = server.app
    for (const text of ['now', '2026-01-02 03:04:05', '2026-01-02T03:04:05+08:00', '2026-13-02T03:04:05Z']) {
      expectRefusal(await callV1(port, action, example, { Timestamp: text }), 'InvalidTimeStamp.Format', 400)
      expectRefusal(await callV3(port, action, example, { 'x-acs-date': text }), 'InvalidTimeStamp.Format', 400)
    }
    for (const seconds of [-16 * 60, 16 * 60]) {
      const at = timestamp(seconds)
      expectRefusal(await callV1(port, action, example, { Timestamp: at }), 'InvalidTimeStamp.Expired', 400)
      expectRefusal(await callV3(port, action, example, { 'x-acs-date': at }), 'InvalidTimeStamp.Expired', 400)
    }
    const early = await callV1(port, action, example, { Timestamp: timestamp(-14 * 60) })
    assert.equal(early.status, 200, early.body)
  })

  test(`${label}: a replayed call is refused, and a nonce is the caller's own`, async () => {
    await using server = await world()
    const { port } = server.app
    assert.equal((await callV1(port, action, example, { SignatureNonce: 'once' }, permitted)).status, 200)
    const again = await callV1(port, action, example, { SignatureNonce: 'once' }, permitted)
    expectRefusal(again, 'SignatureNonceUsed', 400)
    const header = { 'x-acs-signature-nonce': 'once' }
    expectRefusal(await callV3(port, action, example, header, permitted), 'SignatureNonceUsed', 400)
    const another = await callV1(port, action, example, { SignatureNonce: 'once' }, forbidden)
    assert.notEqual(another.json()['Code'], 'SignatureNonceUsed')
  })

  test(`${label}: a key that is unknown or inactive is refused`, async () => {
    await using server = await world()
    const unknown = { accessKeyId: 'stranger', secret: 'localyun-secret' }
    for (const call of [callV1, callV3]) {
      const { port } = server.app
      expectRefusal(await call(port, action, example, {}, unknown), 'InvalidAccessKeyId.NotFound', 404)
      expectRefusal(await call(port, action, example, {}, inactive), 'InvalidAccessKeyId.Inactive', 400)
    }
  })

  test(`${label}: a RAM user may do what the policy allows`, async () => {
    await using server = await world()
    const answer = await callV1(server.app.port, action, example, {}, permitted)
    assert.equal(answer.status, 200, answer.body)
    if (operation.access.denied === 'empty') assert.ok(lists(answer.json()).some(list => list.length > 0))
  })

  test(`${label}: a RAM user without permission is refused, or sees nothing`, async () => {
    await using server = await world()
    const before = await stateOf(server)
    for (const [caller, reason] of [
      [nobody, 'ImplicitDeny'],
      [elsewhere, 'ImplicitDeny'],
      [forbidden, 'ExplicitDeny'],
    ] as const) {
      const answer = await callV1(server.app.port, action, example, {}, caller)
      if (isOpen) {
        assert.equal(answer.status, 200, answer.body)
      } else if (operation.access.denied === 'empty') {
        assert.equal(answer.status, 200, answer.body)
        assert.deepEqual([answer.json()['TotalCount'], lists(answer.json())], [0, [[]]])
      } else {
        const { AuthResource, ...detail } = expectRefusal(answer, denial, 403)['AccessDeniedDetail']
        assert.match(
          AuthResource,
          /^acs:(ecs:cn-hangzhou:1000000000000001:(instance|disk|image|securitygroup)\/(\*|i-bp1example\d+)|vpc:cn-hangzhou:1000000000000001:eip\/(\*|eip-bp1example\d+)|kms:cn-hangzhou:1000000000000001:key(\/1234abcd-12ab-34cd-56ef-\d+)?|(bss|cdt):\*:1000000000000001:\*)$|^\*$/,
        )
        assert.deepEqual(detail, {
          AuthAction: ramAction(operation),
          AuthPrincipalType: 'SubUser',
          AuthPrincipalDisplayName: caller.accessKeyId,
          AuthPrincipalOwnerId: exampleAccount,
          NoPermissionType: reason,
          PolicyType: 'AccountLevelIdentityBasedPolicy',
        })
      }
    }
    const after = await stateOf(server)
    assert.deepEqual(after, before)
  })

  if ('DryRun' in params) {
    test(`${label}: a dry run passes with an error of its own and changes nothing`, async () => {
      await using server = await world()
      const before = await stateOf(server)
      for (const DryRun of ['true', 'True', 'TRUE']) {
        const code = (await callV1(server.app.port, action, { ...example, DryRun })).json()['Code']
        assert.ok(code === 'DRYRUN.SUCCESS' || code === 'DryRunOperation', code)
      }
      const body = expectRefusal(
        await callV1(server.app.port, action, { ...example, DryRun: 'True' }, {}, nobody),
        denial,
        403,
      )
      assert.equal(body['AccessDeniedDetail'].AuthAction, ramAction(operation))
      await server.advance(60)
      const after = await stateOf(server)
      assert.deepEqual(after, before)
    })
  }

  if (changesState(operation)) {
    test(`${label}: a refused signature changes nothing`, async () => {
      await using server = await world()
      const before = await stateOf(server)
      await callV1(server.app.port, action, example, {}, { accessKeyId: 'localyun', secret: 'guessed' })
      await server.advance(60)
      const after = await stateOf(server)
      assert.deepEqual(after, before)
    })
  }
}
