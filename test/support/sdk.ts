import bssModule from '@alicloud/bssopenapi20171214'
import ecsModule from '@alicloud/ecs20140526'
import kmsModule from '@alicloud/kms20160120'
import vpcModule from '@alicloud/vpc20160428'

// The SDK is CommonJS: its default import is the module, whose `default` is the client.
export const ecs = ecsModule
export type EcsClient = InstanceType<typeof ecsModule.default>
export const bss = bssModule
export const kms = kmsModule
export const vpc = vpcModule
export type VpcClient = InstanceType<typeof vpcModule.default>
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

/** The official client of VPC, which has the elastic IP addresses. */
export function createVpcSdk({ port }: { readonly port: number }): VpcClient {
  const config = {
    accessKeyId: 'localyun',
    accessKeySecret: 'localyun-secret',
    regionId: 'cn-hangzhou',
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
  }
  return new vpc.default(config as unknown as ConstructorParameters<typeof vpc.default>[0])
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

/** The official client of the bill. */
export function createBssSdk({ port }: { readonly port: number }): InstanceType<typeof bssModule.default> {
  const config = {
    accessKeyId: 'localyun',
    accessKeySecret: 'localyun-secret',
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
  }
  return new bss.default(config as unknown as ConstructorParameters<typeof bss.default>[0])
}
