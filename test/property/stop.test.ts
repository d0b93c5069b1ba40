import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import sql from 'sql-template-tag'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type Entry, region, shutDownInGuest, unknownId } from '../support/batch.ts'
import { CallError, instanceIds } from '../support/client.ts'

/** The model knows statuses only, and shares nothing with the rules of the program. */
interface Model {
  readonly status: Status
  /** The statuses that time alone will bring, in order. */
  readonly ahead: readonly Status[]
  /** On its way through a restart or release, which nothing may interrupt. */
  readonly busy: boolean
}
type Status = 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped' | 'gone'

const courses: Readonly<Record<Status, readonly Status[]>> = {
  Pending: ['Starting', 'Running'],
  Starting: ['Running'],
  Running: [],
  Stopping: ['Stopped'],
  Stopped: [],
  gone: [],
}
const legalChanges = new Set([
  'Pending → Starting',
  'Starting → Running',
  'Running → Stopping',
  'Running → Stopped',
  'Running → gone',
  'Stopping → Stopped',
  'Stopping → Starting',
  'Stopping → gone',
  'Stopped → Starting',
  'Stopped → gone',
])
const modelOf = (status: Status): Model => ({ status, ahead: courses[status], busy: false })

/** Seconds after which even a guest that ignores the request for its 10 minutes is where it should be. */
const longEnough = 700

interface CallStep {
  readonly verb: 'Stop' | 'Start' | 'Reboot' | 'Delete'
  /** Index into the fleet; its last is an id that never existed. */
  readonly targets: readonly number[]
  readonly form: 'single' | 'AllTogether' | 'SuccessFirst'
  readonly force: boolean
  /** Only of a release: let the guest shut down first. */
  readonly graceful: boolean
  readonly dryRun: boolean
}
type Step = CallStep | { readonly advance: number } | { readonly shutDownInGuest: number }

/** What a call answers: an error code, or code and statuses of each entry; nothing where there are no entries. */
type Answer = string | readonly (readonly [code: string, previous: string, current: string])[]

/** Why the model refuses, as the code of a batch; undefined when it does not. */
function refusal({ verb, force }: CallStep, { status, busy }: Model): string | undefined {
  if (status === 'gone') return 'InvalidInstanceId.NotFound'
  if (verb === 'Delete') {
    if (status === 'Pending') return 'IncorrectInstanceStatus.Initializing'
    return status === 'Stopped' || (force && status === 'Running') ? undefined : 'IncorrectInstanceStatus'
  }
  if (busy) return 'InvalidOperation.Conflict'
  if (status === (verb === 'Start' ? 'Stopped' : 'Running')) return undefined
  if (verb === 'Stop' && force && status === 'Stopping') return undefined
  return status === 'Pending' ? 'InstanceNotReady' : 'IncorrectInstanceStatus'
}

function whole({ verb, form }: CallStep, code: string): string {
  if (form !== 'single') return code === 'InvalidInstanceId.NotFound' ? 'InvalidInstanceIds.NotFound' : code
  if (code === 'InvalidOperation.Conflict') return 'OperationConflict'
  return code === 'InstanceNotReady' && verb !== 'Start' ? 'IncorrectInstanceStatus' : code
}

function after({ verb, graceful }: CallStep, { status }: Model): Model {
  if (verb === 'Stop') return modelOf('Stopping')
  if (verb === 'Start') return modelOf('Starting')
  if (verb === 'Reboot') return { status: 'Stopping', ahead: ['Starting', 'Running'], busy: true }
  return graceful && status === 'Running' ? { status: 'Stopping', ahead: ['gone'], busy: true } : modelOf('gone')
}

/** What the model expects a call to answer; moves the models of the instances that it expects to change. */
function foresee(step: CallStep, models: Model[]): Answer {
  const refusals = step.targets.map(target => refusal(step, models[target] as Model))
  const first = refusals.find(code => code !== undefined)
  const together = step.form !== 'SuccessFirst'
  if (together && first !== undefined) return whole(step, first)
  if (step.dryRun) return step.form === 'single' ? 'DryRunOperation' : 'DRYRUN.SUCCESS'
  const entries = step.targets.map((target, index) => {
    const { status } = models[target] as Model
    const code = refusals[index]
    if (code === undefined) models[target] = after(step, models[target] as Model)
    const shown = (one: Status) => (one === 'gone' ? '' : one)
    return [code ?? '200', shown(status), shown((models[target] as Model).status)] as const
  })
  return step.form === 'single' || step.verb === 'Delete' ? [] : entries
}

async function call(server: TestApp, ids: readonly string[], step: CallStep): Promise<Answer> {
  const { verb, form, force, graceful, dryRun } = step
  const named = step.targets.map(target => ids[target] ?? '')
  const options = {
    DryRun: dryRun,
    ...(verb === 'Delete' ? { Force: force, ForceStop: !graceful } : { ForceStop: force, ForceReboot: force }),
  }
  try {
    const answer =
      form === 'single'
        ? await server.client.call(`${verb}Instance`, { InstanceId: named[0] ?? '', ...options })
        : await server.client.call(`${verb}Instances`, {
            RegionId: region,
            ...instanceIds(named),
            BatchOptimization: form,
            ...options,
          })
    const entries =
      'InstanceResponses' in answer ? (answer.InstanceResponses as { InstanceResponse: Entry[] }).InstanceResponse : []
    assert.deepEqual(
      entries.map(entry => entry.InstanceId),
      entries.length === 0 ? [] : named,
    )
    return entries.map(entry => [entry.Code, entry.PreviousStatus, entry.CurrentStatus])
  } catch (reason) {
    if (reason instanceof CallError) return reason.code
    throw reason
  }
}

async function observe(server: TestApp, ids: readonly string[]): Promise<Status[]> {
  const answer = await server.client.call('DescribeInstanceStatus', { RegionId: region, ...instanceIds(ids) })
  const rows: { InstanceId: string; Status: Status }[] = answer['InstanceStatuses'].InstanceStatus
  const seen = new Map(rows.map(row => [row.InstanceId, row.Status]))
  return ids.map(id => seen.get(id) ?? 'gone')
}

/** Time has passed: the instance is where it was or further along its course, and at its end after long enough. */
function follow(model: Model, seen: Status, seconds: number): Model {
  const ahead = seen === model.status ? model.ahead : model.ahead.slice(model.ahead.indexOf(seen) + 1)
  const onCourse = seen === model.status || model.ahead.includes(seen)
  assert.ok(onCourse, `${seconds} s after ${model.status} (then ${model.ahead.join(', ')}) it is ${seen}`)
  assert.ok(ahead.length === 0 || seconds < longEnough, `it hangs in ${seen}`)
  return { status: seen, ahead, busy: model.busy && ahead.length > 0 }
}

/** Notes every change of status that is ever written, also those that nobody sees; none may keep the row's revision. */
const historyOf = (server: TestApp) =>
  server.app.store.transaction('read', tx => tx.all<{ change: string }>(sql`select change from history`))
async function keepHistory(server: TestApp): Promise<void> {
  await server.app.store.transaction('write', async tx => {
    await tx.run(sql`create table history (change text primary key)`)
    await tx.run(sql`create trigger changed after update of status on instances when old.status <> new.status
      begin insert or ignore into history values (old.status || ' → ' || new.status); end`)
    await tx.run(sql`create trigger released after delete on instances
      begin insert or ignore into history values (old.status || ' → gone'); end`)
    await tx.run(sql`create trigger kept before update on instances when old.revision = new.revision
      begin select raise(abort, 'an update of an instance kept its revision'); end`)
  })
}

const fleetSize = 4
const target = fc.integer({ min: 0, max: fleetSize - 1 })
const machine = fc.record({
  status: fc.constantFrom('Running', 'Running', 'Running', 'Stopped', 'Stopping', 'Starting', 'Pending'),
  shutdown: fc.constantFrom('prompt', 'slow', 'ignore'),
})
const callStep: fc.Arbitrary<CallStep> = fc.record({
  verb: fc.constantFrom('Stop', 'Stop', 'Stop', 'Start', 'Start', 'Reboot', 'Delete'),
  targets: fc.uniqueArray(fc.integer({ min: 0, max: fleetSize }), { minLength: 1, maxLength: fleetSize }),
  form: fc.constantFrom('single', 'AllTogether', 'SuccessFirst'),
  force: fc.boolean(),
  graceful: fc.constantFrom(true, true, false),
  dryRun: fc.constantFrom(false, false, false, true),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: callStep.map(one => toCallable(one)) },
  { weight: 3, arbitrary: fc.record({ advance: fc.constantFrom(1, 4, 30, longEnough) }) },
  { weight: 1, arbitrary: fc.record({ shutDownInGuest: target }) },
)

/** A single call has one target; a release is always all or nothing. */
function toCallable(one: CallStep): CallStep {
  if (one.form === 'single') return { ...one, targets: one.targets.slice(0, 1) }
  return one.verb === 'Delete' ? { ...one, form: 'AllTogether' } : one
}

test('whatever is called in whatever order, the statuses are those that the lifecycle allows', async () => {
  const fleet = fc.array(machine, { minLength: fleetSize, maxLength: fleetSize })
  const steps = fc.array(step, { minLength: 1, maxLength: 30, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fleet, steps, async (machines, script) => {
      await using server = await createTestApp()
      const ids = [...(await server.seed({ instances: machines.map(toSeed) })), unknownId]
      const models = [...machines.map(one => modelOf(one.status)), modelOf('gone')]
      await keepHistory(server)
      for (const next of [...script, { advance: longEnough }]) {
        if ('advance' in next) {
          await server.advance(next.advance)
          const seen = await observe(server, ids)
          for (const [index, model] of models.entries()) {
            models[index] = follow(model, seen[index] as Status, next.advance)
          }
        } else if ('shutDownInGuest' in next) {
          const model = models[next.shutDownInGuest] as Model
          const down = await shutDownInGuest(server, ids[next.shutDownInGuest] ?? '')
          assert.equal(down, model.status === 'Running')
          if (down) models[next.shutDownInGuest] = modelOf('Stopped')
        } else {
          assert.deepEqual([await call(server, ids, next), next], [foresee(next, models), next])
        }
        assert.deepEqual(
          await observe(server, ids),
          models.map(model => model.status),
        )
      }
      for (const { change } of await historyOf(server)) assert.ok(legalChanges.has(change), change)
    }),
    { numRuns: 60 },
  )
})

function toSeed({ status, shutdown }: { status: Exclude<Status, 'gone'>; shutdown: 'prompt' | 'slow' | 'ignore' }) {
  return { region, status, guest: shutdown === 'slow' ? { shutdown, seconds: 90 } : { shutdown } }
}
