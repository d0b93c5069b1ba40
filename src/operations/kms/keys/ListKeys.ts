import { toArn } from '../../../domain/identity/resources.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { every } from '../../../protocol/resources.ts'
import { pageKmsKeys } from '../../../store/tables/keys.ts'
import { pageParams, rowsOf } from '../../paging.ts'
import { regionOf, regionParam, requireOpen } from './common.ts'

/** Lists the keys of a region in the order of their ids. */
export const ListKeys = defineOperation({
  product: 'Kms',
  action: 'ListKeys',
  summary: 'Lists the keys of a region in the order of their ids.',
  evidence: { page: 'ListKeys' },
  access: { level: 'list', on: every('key') },
  params: {
    RegionId: regionParam,
    ...pageParams(),
  },
  refused: ['Filters'],
  errors: ['Forbidden.KmsServiceNotEnabled'],
  examples: [{ title: 'List the keys, a hundred a page', params: { PageNumber: '1', PageSize: '100' } }],
  async handle(call, input) {
    requireOpen(call)
    const { id: accountId } = call.principal.account
    const regionId = regionOf(input)
    const filter = { accountId, regionId, now: call.now }
    const { ids, total } = await pageKmsKeys(call.tx, filter, rowsOf(input))
    return {
      Keys: { Key: ids.map(id => ({ KeyId: id, KeyArn: toArn('kms', { regionId, accountId }, `key/${id}`) })) },
      TotalCount: total,
      PageNumber: input.PageNumber,
      PageSize: input.PageSize,
    }
  },
})
