import { instanceIds, type Params } from '../support/client.ts'
import type { AnswerEntry, ModelCall, Outcome, SeenInstance } from './history.ts'

const actions = {
  stop: 'StopInstances',
  start: 'StartInstances',
  reboot: 'RebootInstances',
  describe: 'DescribeInstances',
}
const region = 'cn-hangzhou'

/** A call of the model as one of the API. */
export function toRequest({ verb, ids, mode, force, economical, dryRun }: ModelCall): {
  action: string
  params: Params
} {
  const action = actions[verb]
  if (verb === 'describe')
    return { action, params: { RegionId: region, MaxResults: 100, InstanceIds: JSON.stringify(ids) } }
  const BatchOptimization = mode === 'together' ? 'AllTogether' : 'SuccessFirst'
  const params: Params = { RegionId: region, ...instanceIds(ids), BatchOptimization, DryRun: dryRun }
  if (verb === 'start') return { action, params }
  if (verb === 'reboot') return { action, params: { ...params, ForceReboot: force } }
  return { action, params: { ...params, ForceStop: force, StoppedMode: economical ? 'StopCharging' : 'KeepCharging' } }
}

/** What an answer says. After an error of the server it is open what was done. */
export function toOutcome(verb: ModelCall['verb'], status: number, text: string): Outcome {
  const body = JSON.parse(text) as Record<string, any>
  const requestId = String(body['RequestId'])
  if (status >= 500 || status === 0) return { kind: 'unknown', why: `${status} ${body['Code']}` }
  if (status !== 200) return { kind: 'refused', requestId, code: String(body['Code']) }
  if (verb === 'describe') return { kind: 'seen', requestId, instances: body['Instances'].Instance.map(toSeen) }
  return { kind: 'accepted', requestId, entries: body['InstanceResponses'].InstanceResponse.map(toEntry) }
}

function toSeen(one: Record<string, string>): SeenInstance {
  return { id: one['InstanceId'] ?? '', status: one['Status'] ?? '', stoppedMode: one['StoppedMode'] ?? '' }
}

function toEntry(one: Record<string, string>): AnswerEntry {
  const { InstanceId: id = '', Code: code = '', PreviousStatus: before = '', CurrentStatus: after = '' } = one
  return { id, code, before, after }
}
