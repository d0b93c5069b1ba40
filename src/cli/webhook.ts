import type { Webhooks, WebhookStatus } from '../webhooks/webhooks.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { formatTable } from './table.ts'

export interface WebhookFlags extends ControlFlags {
  readonly secret?: string
  readonly instance?: string
  readonly account?: string
  readonly region?: string
  readonly states?: string
  readonly json?: boolean
}

export async function addWebhook(url: string, flags: WebhookFlags): Promise<void> {
  const { secret, instance: instanceId, account, region } = flags
  const body = { url, secret, instanceId, account, region, states: flags.states?.split(',') }
  const added = (await connect(flags).call('POST', '/webhooks', body)) as Awaited<ReturnType<Webhooks['add']>>
  if (flags.json === true) return say(JSON.stringify(added, undefined, 2))
  say(`Webhook ${added.id} gets events from now on.`)
  // One that was given is known to who gave it.
  if (secret === undefined) say(`Its secret, shown this once: ${added.secret}`)
}

export async function listWebhooks(flags: WebhookFlags): Promise<void> {
  const { webhooks } = (await connect(flags).call('GET', '/webhooks')) as { webhooks: WebhookStatus[] }
  if (flags.json === true) return say(JSON.stringify({ webhooks }, undefined, 2))
  if (webhooks.length === 0) return say('There are no webhooks.')
  say(
    formatTable([
      ['WEBHOOK', 'URL', 'EVENTS', 'STATUS', 'PENDING', 'NEXT TRY', 'LAST ERROR'],
      ...webhooks.map(one => [
        one.id,
        one.url,
        describeFilter(one),
        one.status,
        String(one.pending),
        one.nextTryAt ?? '',
        one.lastError?.message ?? '',
      ]),
    ]),
  )
}

export async function removeWebhook(id: string, flags: ControlFlags): Promise<void> {
  await connect(flags).call('DELETE', `/webhooks/${encodeURIComponent(id)}`)
  say(`Webhook ${id} was removed.`)
}

function describeFilter({ instanceId, account, region, states }: WebhookStatus): string {
  const parts = [instanceId, account, region, states.join(',')].filter(part => part !== null && part !== '')
  return parts.length === 0 ? 'all' : parts.join(' ')
}
