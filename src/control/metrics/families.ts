import { instanceStatuses } from '../../domain/instances/types.ts'
import { jobKinds } from '../../store/tables/instances/jobs.ts'
import { readStatistics } from '../../store/tables/world/statistics.ts'
import type { ControlContext } from '../context.ts'
import { contentType, counter, gauge, histogram, render } from './exposition.ts'

/** All figures as text for Prometheus. */
export async function renderMetrics(context: ControlContext): Promise<{ text: string; contentType: string }> {
  const families = [...countedFamilies(context), ...(await storedFamilies(context)), await backlogFamily(context)]
  return { text: await render(families), contentType }
}

/** What was counted since the program started. */
function countedFamilies({ metrics }: ControlContext): string[] {
  const { calls, callSeconds, callsInFlight, events, deliveries, commitSeconds, commitTransactions } = metrics
  const byAction = [...callSeconds].map(([action, seconds]) => [{ action }, seconds] as const)
  return [
    counter('localyun_calls_total', 'API calls answered, by product, action and error code (OK: none).', calls),
    histogram('localyun_call_duration_seconds', 'Time from a whole request to its answer, by action.', byAction),
    gauge('localyun_calls_in_flight', 'API calls under way.', [{ labels: {}, value: callsInFlight }]),
    counter('localyun_events_total', 'Changes of instance states, by new state and who made them.', events),
    counter('localyun_webhook_deliveries_total', 'Tries to send an event to a webhook, by result.', deliveries),
    histogram('localyun_store_commit_duration_seconds', 'Time a group of transactions took, with its commit.', [
      [{}, commitSeconds],
    ]),
    histogram('localyun_store_commit_transactions', 'Transactions that shared a commit.', [[{}, commitTransactions]]),
  ]
}

/** What the store holds now. */
async function storedFamilies({ store, clock }: ControlContext): Promise<string[]> {
  const { instances, jobs } = await store.transaction('read', tx => readStatistics(tx, clock.now()))
  const count = (status: string) => instances.find(one => one.status === status)?.count ?? 0
  const ofKind = (kind: string) => jobs.find(one => one.kind === kind) ?? { pending: 0, due: 0, failedTries: 0 }
  const jobGauge = (name: string, help: string, figure: 'pending' | 'due' | 'failedTries') =>
    gauge(
      name,
      help,
      jobKinds.map(kind => ({ labels: { kind }, value: ofKind(kind)[figure] })),
    )
  return [
    gauge(
      'localyun_instances',
      'Instances, by status.',
      instanceStatuses.map(status => ({ labels: { status }, value: count(status) })),
    ),
    jobGauge('localyun_jobs_pending', 'State changes that are under way.', 'pending'),
    jobGauge('localyun_jobs_due', 'State changes that are due by instance time and not written yet.', 'due'),
    jobGauge('localyun_jobs_failed_tries', 'Tries in vain so far at the state changes under way.', 'failedTries'),
  ]
}

async function backlogFamily({ webhooks }: ControlContext): Promise<string> {
  const values = (await webhooks.list()).map(({ id, pending }) => ({ labels: { webhook: id }, value: pending }))
  return gauge('localyun_webhook_backlog', 'Events that a webhook has not accepted yet.', values)
}
