import bssModule from '@alicloud/bssopenapi20171214'
import ecsModule from '@alicloud/ecs20140526'
import kmsModule from '@alicloud/kms20160120'

// The SDK is CommonJS: its default import is the module, whose `default` is the client.
export const ecs = ecsModule
export type EcsClient = InstanceType<typeof ecsModule.default>
export const bss = bssModule
export type BssClient = InstanceType<typeof bssModule.default>
export const kms = kmsModule
export type KmsClient = InstanceType<typeof kmsModule.default>

export interface SdkOptions {
  readonly port: number
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
  /** `v2` makes the SDK sign as V1 does. */
  readonly signatureAlgorithm?: 'v2' | undefined
}

/** The official client, pointed at a test's server. */
export function createSdk(options: SdkOptions): EcsClient {
  const { accessKeyId = 'localyun', accessKeySecret = 'localyun-secret', port, signatureAlgorithm } = options
  const config = {
    accessKeyId,
    accessKeySecret,
    regionId: 'cn-hangzhou',
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
  }
  return new ecs.default(config as unknown as ConstructorParameters<typeof ecs.default>[0])
}

/** The official client of KMS. Its calls name no region: that is the endpoint's. */
export function createKmsSdk({ port }: { readonly port: number }): KmsClient {
  const config = {
    accessKeyId: 'localyun',
    accessKeySecret: 'localyun-secret',
    regionId: 'cn-hangzhou',
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
  }
  return new kms.default(config as unknown as ConstructorParameters<typeof kms.default>[0])
}

/** The official client of BssOpenApi, the bills of all products. */
export function createBssSdk({ port }: { readonly port: number }): BssClient {
  const config = {
    accessKeyId: 'localyun',
    accessKeySecret: 'localyun-secret',
    regionId: 'cn-hangzhou',
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
  }
  return new bss.default(config as unknown as ConstructorParameters<typeof bss.default>[0])
}
