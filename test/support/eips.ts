import { products } from '../../src/protocol/operation.ts'
import type { TestApp } from './app.ts'
import type { TestClient } from './client.ts'

/** Calls operations of VPC in cn-hangzhou unless told otherwise. */
export function vpcOf(server: TestApp, client: TestClient = server.client): TestClient {
  return {
    call: (action, params = {}) => client.call(action, { Version: products.Vpc, RegionId: 'cn-hangzhou', ...params }),
  }
}

/** Takes an EIP and returns its id. */
export async function allocateEip(
  server: TestApp,
  params: Readonly<Record<string, string | number>> = {},
): Promise<string> {
  return (await vpcOf(server).call('AllocateEipAddress', params))['AllocationId']
}

/** An EIP as DescribeEipAddresses shows it. */
export async function describeEip(server: TestApp, id: string): Promise<Record<string, any> | undefined> {
  const answer = await vpcOf(server).call('DescribeEipAddresses', { AllocationId: id })
  return answer['EipAddresses'].EipAddress[0]
}
