import type { Situation } from '../../src/domain/instances/power.ts'
import { type KmsKeyFacts, kmsKeyStates } from '../../src/domain/instances/types.ts'
import { type KeyEvent, nextKeyState } from '../../src/domain/keys/keys.ts'
import { table } from './markdown.ts'
import { cell, rules, situation } from './states.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const good: KmsKeyFacts = { id: keyId, state: 'Enabled', ecsTag: true, ecsAuthorized: true }

/** A key that encrypts a disk, in every state that ECS tells apart. */
const keys: { name: string; key?: KmsKeyFacts; kms?: Situation['account']['kms'] }[] = [
  ...kmsKeyStates.map(state => ({ name: state, key: Object.assign({}, good, { state }) })),
  { name: 'deleted' },
  { name: 'Enabled, without the tag of ECS', key: { ...good, ecsTag: false } },
  { name: 'Enabled, closed to ECS', key: { ...good, ecsAuthorized: false } },
  { name: 'any, KMS not activated', key: good, kms: 'not-activated' },
  { name: 'any, KMS closed', key: good, kms: 'closed' },
]

const events: Readonly<Record<KeyEvent, string>> = {
  enable: 'EnableKey',
  disable: 'DisableKey',
  'schedule-deletion': 'ScheduleKeyDeletion',
  'cancel-deletion': 'CancelKeyDeletion',
}

export function keysPage(): string {
  const shown = rules.filter(({ name }) => /^(Stop|Start|Reboot)Instances?$/.test(name))
  const rows = keys.map(({ name, key, kms = 'open' }) => {
    const kmsKeys = new Map(key === undefined ? [] : [[keyId, key]])
    return [name].concat(
      shown.map(rule => {
        const status = rule.name.startsWith('Start') ? 'Stopped' : 'Running'
        const one = situation({ status, kmsKeyIds: [keyId] })
        return cell(rule, { ...one, account: { ...one.account, kms }, kmsKeys })
      }),
    )
  })
  const changes = (Object.keys(events) as KeyEvent[]).map(event =>
    [events[event]].concat(
      kmsKeyStates.map(state => nextKeyState(state, originOf(state), event) ?? '409 `Rejected.StateModifiedFailed`'),
    ),
  )
  return `# Keys and operations

What becomes of an instance with a disk that a key encrypts, by the state of the key:

${table(['Key', ...shown.map(rule => rule.name)], rows)}

What KMS does to a key, by its state:

${table(['Operation', ...kmsKeyStates], changes)}

CancelKeyDeletion brings an external key back to ${nextKeyState('PendingDeletion', 'EXTERNAL', 'cancel-deletion')}; a
protected key refuses ScheduleKeyDeletion.
`
}

function originOf(state: KmsKeyFacts['state']) {
  return state === 'PendingImport' ? 'EXTERNAL' : 'Aliyun_KMS'
}
