import { monthOf } from '../../../domain/billing/ledger.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { listTraffic } from '../../../store/tables/network/traffic.ts'

/** What was sent to the internet this month. The traffic is set by a seed or the control API; nothing here makes any. */
export const ListCdtInternetTraffic = defineOperation({
  product: 'Cdt',
  action: 'ListCdtInternetTraffic',
  summary: "Tells the account's internet traffic of this month, in bytes, by region.",
  evidence: { page: 'ListCdtInternetTraffic', kind: 'SDK model', revisions: 'cdt20210813 1.0.1' },
  access: { level: 'list', on: every('traffic') },
  params: { BusinessRegionId: p.region() },
  errors: [],
  examples: [{ title: 'Tell the traffic of all regions', params: {} }],
  async handle(call, { BusinessRegionId: regionId }) {
    const { id: accountId } = call.principal.account
    const month = monthOf(Math.floor(call.now / 1000))
    const traffic = await listTraffic(call.tx, { accountId, month, regionId })
    return {
      TrafficDetails: traffic.map(({ regionId: BusinessRegionId, bytes: Traffic }) => ({
        BusinessRegionId,
        ISPType: 'bgp',
        Traffic,
        ProductTrafficDetails: [{ Product: 'eip', Traffic }],
        TrafficTierDetails: [],
      })),
    }
  },
})
