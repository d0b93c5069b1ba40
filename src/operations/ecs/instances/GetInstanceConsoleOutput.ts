import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { findHosts } from '../../../store/tables/hosts/hosts.ts'
import { findInstance } from '../../../store/tables/instances/instances.ts'
import { formatSecond } from '../../times.ts'
import { singleInstanceId } from './common.ts'

/** The end of the log that is answered, bytes. */
const limit = 64 * 1024
/** Terminals' escape sequences (ECMA-48, 5.4) and other control characters but tab and line feed. */
// oxlint-disable-next-line no-control-regex
const symbols = /\u001B\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000B-\u001F\u007F]/g

/**
 * Reads what an instance has written to its serial console. A simulated machine writes nothing, and its
 * output is empty.
 */
export const GetInstanceConsoleOutput = defineOperation({
  product: 'Ecs',
  action: 'GetInstanceConsoleOutput',
  summary: "Reads the end of an instance's serial console.",
  evidence: { page: 'GetInstanceConsoleOutput' },
  access: { level: 'read', on: instance('InstanceId') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: singleInstanceId,
    RemoveSymbols: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: ['InvalidInstanceId.NotFound', 'ServiceUnavailable#console', 'DryRunOperation'],
  examples: [
    {
      title: 'Read the console of an instance',
      params: { RegionId: 'cn-hangzhou', InstanceId: 'i-bp1example00000000001' },
    },
  ],
  async handle(call, { RegionId, InstanceId, RemoveSymbols, DryRun }) {
    const found = await findInstance(call.tx, InstanceId)
    if (found?.accountId !== call.principal.account.id || found.regionId !== RegionId) {
      return call.fail('InvalidInstanceId.NotFound')
    }
    const { hosts } = call.services
    if (found.hostId !== null && found.hostId !== hosts.ownId) {
      const [host] = await findHosts(call.tx, [found.hostId])
      return call.fail('ServiceUnavailable#console', { host: found.hostId, address: host?.address ?? '' })
    }
    if (DryRun) return call.fail('DryRunOperation')
    const { content, at } = call.services.machines?.readConsole(InstanceId, limit) ?? {
      content: Buffer.alloc(0),
      at: found.startedAt ?? found.createdAt,
    }
    const output = RemoveSymbols ? Buffer.from(content.toString('utf8').replaceAll(symbols, '')) : content
    return { InstanceId, ConsoleOutput: output.toString('base64'), LastUpdateTime: formatSecond(at) }
  },
})
