import { check } from './checker.ts'
import type { History } from './history.ts'
import { readHistory } from './report.ts'

/** Checks a history that a failed run has left, and tells what happened to one instance: `run.ts FILE [INSTANCE]`. */
const [file, id] = process.argv.slice(2)
if (file === undefined) throw new Error('node test/history/run.ts FILE [INSTANCE]')
const history = readHistory(file)
if (id === undefined) console.log(check(history).join('\n'))
else for (const line of tell(history, id)) console.log(line)

/** Its events as they stand in the log; then the calls that name it, as they began. */
function tell({ calls, events, meter }: History, instanceId: string): string[] {
  return [
    ...events.flatMap(({ seq, at, state, actor, requestId, reason, ...event }) =>
      event.instanceId === instanceId ? [`event ${seq} at ${at}: ${state} by ${actor}, ${requestId} (${reason})`] : [],
    ),
    ...meter.flatMap(row =>
      row.instanceId === instanceId ? [`meter from ${row.at}: ${row.total} (compute ${row.compute})`] : [],
    ),
    ...calls
      .filter(({ call }) => call.ids.includes(instanceId))
      .sort((one, other) => one.invokedAt - other.invokedAt)
      .map(({ call, invokedAt, completedAt, outcome }) => {
        const { verb, mode, force, economical, dryRun, ids } = call
        const words = [verb, mode, force && 'forced', economical && 'economical', dryRun && 'dry', `of ${ids.length}`]
        return `call ${invokedAt}..${completedAt}: ${words.filter(Boolean).join(' ')} → ${JSON.stringify(answerTo(outcome))}`
      }),
  ]

  function answerTo(outcome: History['calls'][number]['outcome']): unknown {
    if (outcome.kind === 'accepted') {
      return { requestId: outcome.requestId, ...outcome.entries.find(one => one.id === instanceId) }
    }
    if (outcome.kind === 'seen') return outcome.instances.find(one => one.id === instanceId)
    return outcome
  }
}
