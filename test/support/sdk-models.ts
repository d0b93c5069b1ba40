import assert from 'node:assert/strict'
import type { AnyOperation } from '../../src/protocol/operation.ts'
import { bss, createBssSdk, createKmsSdk, createSdk, createVpcSdk, ecs, kms, vpc } from './sdk.ts'

/** How the SDK's models name a type: `string`, `number`, `boolean`, a list, or another model. */
type SdkType = string | { type: 'array'; itemType: SdkType } | Model

/** A model of the SDK: its fields with their names on the wire, and their types. */
interface Model {
  new (fields: Record<string, unknown>): unknown
  names(): Record<string, string>
  types(): Record<string, SdkType>
}

/** What the SDK of a product offers; generations of SDKs differ in where an answer's body is. */
interface Sdk {
  readonly models: Readonly<Record<string, Model | undefined>>
  readonly create: (options: { port: number }) => unknown
  readonly bodySuffix: string
  readonly toBody: (answer: unknown) => unknown
}

const sdks: Readonly<Record<string, Sdk>> = {
  Ecs: {
    models: ecs as unknown as Sdk['models'],
    create: createSdk,
    bodySuffix: 'ResponseBody',
    toBody: answer => (answer as { body: unknown }).body,
  },
  Vpc: {
    models: vpc as unknown as Sdk['models'],
    create: createVpcSdk,
    bodySuffix: 'ResponseBody',
    toBody: answer => (answer as { body: unknown }).body,
  },
  Kms: {
    models: kms as unknown as Sdk['models'],
    create: createKmsSdk,
    bodySuffix: 'Response',
    toBody: answer => answer,
  },
  BssOpenApi: {
    models: bss as unknown as Sdk['models'],
    create: createBssSdk,
    bodySuffix: 'ResponseBody',
    toBody: answer => (answer as { body: unknown }).body,
  },
}

/** Products without an SDK on npm. */
const withoutSdk: ReadonlySet<string> = new Set(['Cdt'])

/** Fields that the help pages have and the SDK of KMS, which is older, has not. */
const newerFields = new Set([
  'DescribeKey.KeyMetadata.DeletionProtection',
  'DescribeKey.KeyMetadata.DeletionProtectionDescription',
])

function sdkOf({ product }: Pick<AnyOperation, 'product'>): Sdk {
  return sdks[product] ?? assert.fail(`There is no SDK of ${product} here.`)
}

function getModel(sdk: Sdk, name: string): Model {
  return sdk.models[name] ?? assert.fail(`The SDK has no ${name}.`)
}

/** Whether the SDK knows an operation at all: some are younger than it. */
export function hasModel(operation: AnyOperation): boolean {
  if (withoutSdk.has(operation.product)) return false
  return sdkOf(operation).models[`${operation.action}Request`] !== undefined
}

/** Calls an operation through the method of its name; returns the body as the SDK's model. */
export async function callThroughSdk(
  port: number,
  operation: AnyOperation,
  params: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const sdk = sdkOf(operation)
  const { action } = operation
  const request = toModel(getModel(sdk, `${action}Request`), nested(params))
  const client = sdk.create({ port }) as Record<string, (request: unknown) => Promise<unknown>>
  const name = action.charAt(0).toLowerCase() + action.slice(1)
  const body = sdk.toBody((await client[name]?.(request)) ?? assert.fail(`The SDK has no method ${name}.`))
  assert.ok(body instanceof getModel(sdk, `${action}${sdk.bodySuffix}`))
  return body as Record<string, unknown>
}

type Nested = string | Nested[] | { [name: string]: Nested }

/** `Tag.1.Key=k` becomes `{Tag: [{Key: 'k'}]}`. */
function nested(params: Readonly<Record<string, string>>): { [name: string]: Nested } {
  const root: Record<string, any> = {}
  for (const [name, value] of Object.entries(params)) {
    const steps = name.split('.').map(step => (/^\d+$/.test(step) ? Number(step) - 1 : step))
    let place: Record<string | number, any> = root
    for (const [index, step] of steps.entries()) {
      const next = steps[index + 1]
      if (next === undefined) place[step] = value
      else place = place[step] ??= typeof next === 'number' ? [] : {}
    }
  }
  return root
}

function toModel(model: Model, wire: { [name: string]: Nested }): unknown {
  const byName = new Map(Object.entries(model.names()).map(([field, name]) => [name, field]))
  const types = model.types()
  const fields = Object.entries(wire).map(([name, value]) => {
    const field = byName.get(name) ?? assert.fail(`The SDK's ${model.name} has no ${name}.`)
    return [field, toField(types[field] ?? 'string', value)]
  })
  return new model(Object.fromEntries(fields) as Record<string, unknown>)
}

function toField(type: SdkType, value: Nested): unknown {
  if (type === 'number') return Number(value)
  if (type === 'boolean') return value === 'true'
  if (typeof type === 'string') return value
  if ('itemType' in type) return (value as Nested[]).map(item => toField(type.itemType, item))
  return toModel(type, value as { [name: string]: Nested })
}

/** Every part of a JSON answer is known to the SDK's model of it and has the type that the model gives it. */
export function expectModelled(operation: AnyOperation, body: unknown): void {
  const sdk = sdkOf(operation)
  expectType(getModel(sdk, `${operation.action}${sdk.bodySuffix}`), body, operation.action)
}

function expectType(type: SdkType, value: unknown, path: string): void {
  if (typeof type === 'string') return assert.equal(typeof value, type, path)
  if ('itemType' in type) {
    assert.ok(Array.isArray(value), `${path} is a list`)
    for (const [index, item] of value.entries()) expectType(type.itemType, item, `${path}[${index}]`)
    return
  }
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${path} is an object`)
  const names = new Map(Object.entries(type.names()).map(([field, name]) => [name, field]))
  const types = type.types()
  for (const [name, item] of Object.entries(value)) {
    if (newerFields.has(`${path}.${name}`)) continue
    const field = names.get(name) ?? assert.fail(`the SDK's model has no ${path}.${name}`)
    expectType(types[field] ?? assert.fail(`no type of ${path}.${name}`), item, `${path}.${name}`)
  }
}
