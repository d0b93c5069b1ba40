import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { instanceIds } from '../../../test/support/client.ts'
import { control } from '../../../test/support/control.ts'
import { until } from '../../../test/support/raw.ts'
import { startReceiver } from '../../../test/support/receiver.ts'

/** Value by series, `name{label="value"}`. */
async function scrape(server: TestApp): Promise<Map<string, number>> {
  const response = await fetch(`${server.app.endpoint}/_localyun/metrics`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => {
      const [, series = '', value = ''] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
      // The event loop has no mean before it was watched.
      assert.ok(series !== '' && (!Number.isNaN(Number(value)) || /^nan$/i.test(value)), line)
      return [series, Number(value)]
    }),
  )
}

test('calls are counted by product, action and code, and their durations fall into buckets', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await server.client.call('StopInstance', { InstanceId: id })
  await assert.rejects(server.client.call('StopInstance', { InstanceId: id }))
  await assert.rejects(server.client.call('CreateImage'))
  await assert.rejects(server.client.call('MadeUp'))
  await server.app.faults.add([
    {
      action: 'DescribeRegions',
      effect: { kind: 'error-after-commit', error: { code: 'Odd', status: 500, message: '' } },
    },
  ])
  await assert.rejects(server.client.call('DescribeRegions'))
  const series = await scrape(server)
  const calls = (action: string, code: string) =>
    series.get(`localyun_calls_total{product="Ecs",action="${action}",code="${code}"}`)
  assert.equal(calls('StopInstance', 'OK'), 1)
  assert.equal(calls('StopInstance', 'IncorrectInstanceStatus'), 1)
  assert.equal(calls('CreateImage', 'NotImplemented'), 1)
  assert.equal(calls('', 'InvalidAction.NotFound'), 1)
  assert.equal(calls('DescribeRegions', 'Odd'), 1)
  const bucket = (le: string) => series.get(`localyun_call_duration_seconds_bucket{action="StopInstance",le="${le}"}`)
  assert.equal(bucket('+Inf'), 2)
  assert.ok((bucket('0.001') ?? 3) <= (bucket('10') ?? 0))
  assert.equal(series.get('localyun_call_duration_seconds_count{action="StopInstance"}'), 2)
  assert.ok((series.get('localyun_call_duration_seconds_sum{action="StopInstance"}') ?? 0) > 0)
  assert.equal(series.get('localyun_calls_in_flight'), 0)
})

test('instances, jobs, events and commits are there', async () => {
  await using server = await createTestApp()
  const ids = await server.seed({ instances: [{ count: 5, region: 'cn-hangzhou' }] })
  await server.client.call('StopInstances', { RegionId: 'cn-hangzhou', ...instanceIds(ids.slice(0, 2)) })
  const series = await scrape(server)
  assert.equal(series.get('localyun_instances{status="Running"}'), 3)
  assert.equal(series.get('localyun_instances{status="Stopping"}'), 2)
  assert.equal(series.get('localyun_instances{status="Stopped"}'), 0)
  assert.equal(series.get('localyun_jobs_pending{kind="stop"}'), 2)
  assert.equal(series.get('localyun_jobs_due{kind="stop"}'), 0)
  assert.equal(series.get('localyun_events_total{state="Created",actor="seed"}'), 5)
  assert.equal(series.get('localyun_events_total{state="Stopping",actor="api"}'), 2)
  assert.ok((series.get('localyun_store_commit_duration_seconds_count') ?? 0) >= 2)
  assert.ok((series.get('localyun_store_commit_transactions_bucket{le="1"}') ?? 0) >= 1)
  assert.ok((series.get('process_resident_memory_bytes') ?? 0) > 0)
  server.app.clock.moveTo(server.app.clock.now() + 60_000)
  assert.equal((await scrape(server)).get('localyun_jobs_due{kind="stop"}'), 2)
})

test('webhook deliveries are counted by result, and the backlog is shown', async () => {
  await using receiver = await startReceiver(() => 500)
  await using server = await createTestApp({}, { webhookTiming: { firstRetryMs: 5, longestRetryMs: 20 } })
  const webhook = await control(server, 'POST', '/webhooks', { url: receiver.url })
  await server.instance()
  const deliveries = async (result: string) =>
    (await scrape(server)).get(`localyun_webhook_deliveries_total{result="${result}"}`) ?? 0
  await until(async () => (await deliveries('refused')) > 0)
  const backlog = `localyun_webhook_backlog{webhook="${webhook.body.id}"}`
  assert.equal((await scrape(server)).get(backlog), 1)
  receiver.judge = () => 204
  await until(async () => (await deliveries('accepted')) === 1)
  await until(async () => (await scrape(server)).get(backlog) === 0)
})

test('quotes, backslashes and line ends in a label are escaped', async () => {
  await using server = await createTestApp()
  const error = { code: 'An "odd"\\\ncode', status: 500, message: '' }
  await server.app.faults.add([{ action: 'DescribeRegions', effect: { kind: 'error', error } }])
  await assert.rejects(server.client.call('DescribeRegions'))
  const code = String.raw`An \"odd\"\\\ncode`
  const series = await scrape(server)
  assert.equal(series.get(`localyun_calls_total{product="Ecs",action="DescribeRegions",code="${code}"}`), 1)
})
