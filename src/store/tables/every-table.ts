import { accessKeys, accounts } from './identity/accounts.ts'
import { balances } from './billing/balances.ts'
import { clientTokens } from './client-tokens.ts'
import { counters } from './world/counters.ts'
import { eips } from './network/eips.ts'
import { events } from './events.ts'
import { faults } from './faults.ts'
import { hosts } from './hosts/hosts.ts'
import { images } from './images.ts'
import { instances } from './instances/instances.ts'
import { jobs } from './instances/jobs.ts'
import { kmsKeys } from './keys.ts'
import { meter } from './billing/meter.ts'
import { nonces } from './identity/nonces.ts'
import { payments } from './billing/payments.ts'
import { reactivations } from './billing/arrears.ts'
import { releasedInstances } from './instances/release.ts'
import { settings } from './world/settings.ts'
import { spotInterruptions } from './spot/interruptions.ts'
import { spotPrices } from './spot/prices.ts'
import { staleViews } from './instances/stale-views.ts'
import { stock } from './instances/stock.ts'
import { systemEvents } from './system-events.ts'
import { traffic } from './network/traffic.ts'
import { webhookDeliveries, webhooks } from './webhooks.ts'

/** Every table there is. Parents before children is not needed: nothing refers by constraint. */
export const tables = [
  settings,
  counters,
  accounts,
  balances,
  reactivations,
  accessKeys,
  kmsKeys,
  stock,
  spotPrices,
  spotInterruptions,
  instances,
  eips,
  releasedInstances,
  jobs,
  faults,
  staleViews,
  nonces,
  clientTokens,
  events,
  webhooks,
  webhookDeliveries,
  systemEvents,
  meter,
  payments,
  hosts,
  images,
  traffic,
] as const

export type TableName = (typeof tables)[number]['name']
