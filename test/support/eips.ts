import { products } from '../../src/protocol/operation.ts'
import type { TestApp } from './app.ts'
import type { AnswerTo, TestClient } from './client.ts'

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

type ShownEip = AnswerTo<'DescribeEipAddresses'>['EipAddresses']['EipAddress'][number]

/** An EIP as DescribeEipAddresses shows it; undefined when it shows none. */
export async function describeEip(server: TestApp, id: string): Promise<ShownEip | undefined> {
  const answer = await vpcOf(server).call('DescribeEipAddresses', { AllocationId: id })
  return answer['EipAddresses'].EipAddress[0]
}

/** As `describeEip`; throws when it shows none. */
export async function getEip(server: TestApp, id: string): Promise<ShownEip> {
  const shown = await describeEip(server, id)
  if (shown === undefined) throw new Error(`DescribeEipAddresses shows no ${id}.`)
  return shown
}
