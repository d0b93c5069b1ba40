import { checkBill } from './bill.ts'
import type { AnswerEntry, History, LoggedEvent, Outcome, PowerVerb, Recorded } from './history.ts'
import { answerOf, looksLike, type State, verbOf } from './model.ts'
import { adopt, findOrphans, type Orphan } from './orphans.ts'
import { buildTimeline, explain, type Observation, placeOf, type Timeline, type Window } from './timeline.ts'

/**
 * What of a history cannot have happened, in words; nothing when there is one order of effects per instance that
 * explains every answer. The log of events is the order that is tried: it is written under the lock of the instance, so
 * if another order were right the log would be wrong.
 */
export function check(history: History): string[] {
  const { calls, events, instances } = history
  const problems: string[] = []
  const eventsOf = Map.groupBy(events, event => event.instanceId)
  const answered = new Map(
    calls.flatMap(one => (one.outcome.kind === 'unknown' ? [] : [[one.outcome.requestId, one] as const])),
  )
  const orphans = new Map(findOrphans(events, calls, answered).map(one => [one.requestId, one]))
  const timelines = new Map<string, Timeline>()
  for (const { id } of instances) {
    const timeline = buildTimeline(
      eventsOf.get(id) ?? [],
      event => (verbOf(event) === undefined ? undefined : windowOf(event.requestId, answered, orphans)),
      request => mayTakeOver(request, id, answered, orphans),
    )
    if (typeof timeline === 'string') problems.push(`${id}: ${timeline}`)
    else timelines.set(id, timeline)
  }
  for (const orphan of adopt([...orphans.values()], (call, one) => isWhole(call, one, timelines))) {
    const told = orphan.events.map(event => `${event.reason} of ${event.instanceId}`)
    problems.push(`${orphan.requestId}: no call of unknown outcome can have had its effects: ${told.join()}`)
  }
  problems.push(...checkEffects(history, eventsOf, answered))
  for (const one of calls) problems.push(...checkListed(one))
  problems.push(...checkAnswers(calls, timelines))
  problems.push(...checkModes(calls, eventsOf))
  for (const one of calls) problems.push(...checkRefusedBatch(one, timelines))
  problems.push(...checkEnd(history, timelines))
  const meterOf = Map.groupBy(history.meter, row => row.instanceId)
  for (const { id } of instances) {
    const found = checkBill(eventsOf.get(id) ?? [], meterOf.get(id) ?? [], history.meterLagSeconds)
    problems.push(...found.map(problem => `${id}: ${problem}`))
  }
  return problems
}

type Answered = ReadonlyMap<string, Recorded>
type Orphans = ReadonlyMap<string, Orphan>

/** Which of several calls did it may stay open: then it was not before the first of them. */
function windowOf(requestId: string, answered: Answered, orphans: Orphans): Window | undefined {
  const candidates = orphans.get(requestId)?.candidates ?? []
  return (
    answered.get(requestId) ?? {
      invokedAt: candidates.reduce((first, one) => Math.min(first, one.invokedAt), Infinity),
      completedAt: Infinity,
    }
  )
}

/** Whether the request may have turned a stop that was under way into a forced one, and so ended it. */
function mayTakeOver(requestId: string, id: string, answered: Answered, orphans: Orphans): boolean {
  const call = answered.get(requestId)
  if (call === undefined) return (orphans.get(requestId)?.candidates.length ?? 0) > 0
  return call.call.force && entriesOf(call.outcome).some(entry => entry.id === id && wasStopping(entry))
}

/** A forced batch that is all or none: where it left no event of its own, the instance was Stopping. */
function isWhole(one: Recorded, orphan: Orphan, timelines: ReadonlyMap<string, Timeline>): boolean {
  const { call } = one
  if (call.mode === 'separately' || !call.force) return true
  const ordered = new Set(orphan.events.flatMap(event => (verbOf(event) === undefined ? [] : [event.instanceId])))
  const window: Window = { invokedAt: one.invokedAt, completedAt: Infinity }
  const stopping = (state: State) => state.status === 'Stopping' && state.busy === 'stop'
  return call.ids.every(id => {
    const timeline = timelines.get(id)
    return ordered.has(id) || timeline === undefined || placeOf(timeline, window, stopping) >= 0
  })
}

function entriesOf(outcome: Outcome): readonly AnswerEntry[] {
  return outcome.kind === 'accepted' ? outcome.entries : []
}

/** A forced stop of an instance that was Stopping changes no status. */
function wasStopping({ code, before }: AnswerEntry): boolean {
  return code === '200' && before === 'Stopping'
}

/** Every acknowledged change is in the log once; nothing else of an answered call is. */
function checkEffects(
  { calls }: History,
  eventsOf: ReadonlyMap<string, readonly LoggedEvent[]>,
  answered: ReadonlyMap<string, Recorded>,
): string[] {
  const problems: string[] = []
  const made = new Map<string, number>()
  for (const [id, events] of eventsOf) {
    for (const event of events) {
      if (verbOf(event) === undefined || !answered.has(event.requestId)) continue
      const key = `${event.requestId} ${id}`
      made.set(key, (made.get(key) ?? 0) + 1)
    }
  }
  for (const { call, outcome } of calls) {
    if (outcome.kind !== 'accepted') continue
    const told = new Set(outcome.entries.map(entry => entry.id))
    if (told.size !== outcome.entries.length || call.ids.some(id => !told.has(id))) {
      problems.push(`request ${outcome.requestId} was not answered for each instance once`)
    }
    for (const entry of outcome.entries) {
      if (call.mode === 'together' && entry.code !== '200') {
        problems.push(`request ${outcome.requestId} was all or none and refused ${entry.id}`)
      }
      const wanted = entry.code === '200' && !wasStopping(entry) ? 1 : 0
      const key = `${outcome.requestId} ${entry.id}`
      const times = made.get(key) ?? 0
      made.delete(key)
      if (times !== wanted) {
        problems.push(
          `${entry.id}: ${call.verb} ${outcome.requestId} was answered ${entry.code} and happened ${times} times`,
        )
      }
    }
  }
  for (const [key, times] of made) problems.push(`${key}: happened ${times} times, though it was refused`)
  return problems
}

/** Whoever asked for instances was shown each of them once. */
function checkListed({ call, outcome }: Recorded): string[] {
  if (outcome.kind !== 'seen') return []
  const shown = new Set(outcome.instances.map(one => one.id))
  if (
    shown.size === outcome.instances.length &&
    shown.size === call.ids.length &&
    call.ids.every(id => shown.has(id))
  ) {
    return []
  }
  return [`request ${outcome.requestId} was not shown each instance once`]
}

/** Each answer about an instance comes from one of its states, in an order that time allows. */
function checkAnswers(calls: readonly Recorded[], timelines: ReadonlyMap<string, Timeline>): string[] {
  const observations = new Map<string, Observation[]>()
  const observe = (id: string, observation: Observation) => {
    const all = observations.get(id)
    if (all === undefined) observations.set(id, [observation])
    else all.push(observation)
  }
  for (const one of calls) for (const [id, observation] of observationsOf(one)) observe(id, observation)
  const problems: string[] = []
  for (const [id, all] of observations) {
    const timeline = timelines.get(id)
    if (timeline === undefined) continue
    for (const { told, window } of explain(timeline, all)) {
      problems.push(
        `${id}: no order of effects explains "${told}" between ${window.invokedAt} and ${window.completedAt}`,
      )
    }
  }
  return problems
}

function observationsOf(one: Recorded): [string, Observation][] {
  const { call, outcome } = one
  const { verb, force } = call
  if (outcome.kind === 'seen') {
    return outcome.instances.map(seen => [
      seen.id,
      { window: one, fits: state => looksLike(state, seen), told: `is ${seen.status} ${seen.stoppedMode}` },
    ])
  }
  if (verb === 'describe') return []
  if (outcome.kind === 'accepted') {
    return outcome.entries
      .filter(entry => entry.code !== '200' || wasStopping(entry))
      .map(entry => [
        entry.id,
        {
          window: one,
          fits: state => answerOf(state, verb, force) === entry.code && state.status === entry.before,
          told: `${verb} is answered ${entry.code} while ${entry.before}`,
        },
      ])
  }
  if (outcome.kind === 'refused' && outcome.code === 'DRYRUN.SUCCESS' && call.mode === 'together') {
    return call.ids.map(id => [
      id,
      { window: one, fits: state => answerOf(state, verb, force) === '200', told: `a dry ${verb} is accepted` },
    ])
  }
  return []
}

/** A stop ended in the mode that its answered call asked for. */
function checkModes(calls: readonly Recorded[], eventsOf: ReadonlyMap<string, readonly LoggedEvent[]>): string[] {
  const asked = new Map<string, boolean>()
  for (const { call, outcome } of calls) {
    if (outcome.kind === 'accepted' && call.verb === 'stop') asked.set(outcome.requestId, call.economical)
  }
  const problems: string[] = []
  for (const [id, events] of eventsOf) {
    let economical: boolean | undefined
    for (const event of events) {
      if (verbOf(event) === 'stop') economical = asked.get(event.requestId)
      if (event.state !== 'Stopped' || economical === undefined) continue
      if (event.reason.endsWith('given back') !== economical)
        problems.push(`${id}: event ${event.seq} ended a stop in the wrong mode`)
    }
  }
  return problems
}

/** A batch that was refused as a whole: one instance can have been the reason, and those before it can have been fine. */
function checkRefusedBatch(one: Recorded, timelines: ReadonlyMap<string, Timeline>): string[] {
  const { call, outcome } = one
  if (outcome.kind !== 'refused' || call.verb === 'describe') return []
  if (outcome.code === 'DRYRUN.SUCCESS') return call.dryRun ? [] : [`${outcome.requestId} was no dry run`]
  if (call.mode === 'separately') return [`${outcome.requestId} was refused as a whole: ${outcome.code}`]
  const { verb, force } = call
  const canAnswer = (id: string, code: string) => {
    const timeline = timelines.get(id)
    return timeline === undefined || placeOf(timeline, one, answers(verb, force, code)) >= 0
  }
  for (const id of call.ids) {
    if (canAnswer(id, outcome.code)) return []
    if (!canAnswer(id, '200')) break
  }
  return [`no instance explains why ${verb} ${outcome.requestId} was refused: ${outcome.code}`]
}

function answers(verb: PowerVerb, force: boolean, code: string): (state: State) => boolean {
  return state => answerOf(state, verb, force) === code
}

/** Nothing is under way in the end, and what the store has is what the log says. */
function checkEnd(history: History, timelines: ReadonlyMap<string, Timeline>): string[] {
  const problems: string[] = []
  if (history.jobs > 0) problems.push(`${history.jobs} jobs are left`)
  for (const one of history.instances) {
    const last = timelines.get(one.id)?.states.at(-1)
    if (last === undefined) continue
    if (last.status === 'Stopping' || last.status === 'Starting') problems.push(`${one.id}: ${last.status} never ended`)
    if (!looksLike(last, one) || one.operation !== null) {
      problems.push(`${one.id}: is ${one.status} ${one.operation ?? ''}, and its events end with ${last.status}`)
    }
  }
  for (const [index, event] of history.events.entries()) {
    if (event.seq <= (history.events[index - 1]?.seq ?? 0)) problems.push(`event ${event.seq} is there twice`)
  }
  const { followed } = history
  if (followed !== undefined) {
    const text = (events: readonly LoggedEvent[]) =>
      events.map(event => `${event.seq} ${event.instanceId} ${event.state}`)
    const [told, logged] = [text(followed), text(history.events)]
    const differs = logged.findIndex((event, index) => told[index] !== event)
    if (differs >= 0 || told.length !== logged.length) {
      const at = differs < 0 ? logged.length : differs
      problems.push(`who followed the log was told "${told[at]}" and not "${logged[at]}"`)
    }
  }
  return problems
}
