import { getRegion } from '../../../domain/catalogue/regions.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { defaultNetwork } from '../../../services/network/network.ts'
import { countInstances } from '../../../store/tables/instances/queries.ts'
import { tagList } from '../tags/params.ts'
import { pageParams } from '../../paging.ts'

const defaultName = 'default'

/** Queries security groups; a region has its default group and no other. */
export const DescribeSecurityGroups = defineOperation({
  product: 'Ecs',
  action: 'DescribeSecurityGroups',
  summary: 'Shows the default security group of a region, the only one there is.',
  evidence: { page: 'DescribeSecurityGroups' },
  access: { level: 'list', on: every('securitygroup') },
  params: {
    RegionId: p.region({ required: true }),
    SecurityGroupId: p.string(),
    SecurityGroupIds: p.jsonList(),
    SecurityGroupName: p.string(),
    SecurityGroupType: p.enum(['normal', 'enterprise']),
    VpcId: p.string(),
    NetworkType: p.enum(['vpc', 'classic']),
    ResourceGroupId: p.string(),
    ServiceManaged: p.boolean(),
    // The group has no tags, so that it matches none.
    Tag: tagList(),
    // The count of instances is always shown.
    IsQueryEcsCount: p.boolean({ hidden: true }),
    MaxResults: p.integer({ min: 1, max: 100 }),
    ...pageParams(),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  refused: ['FuzzyQuery', 'NextToken'],
  errors: ['InvalidTagCount', 'DryRunOperation'],
  examples: [{ title: 'Find the default group', params: { RegionId: 'cn-hangzhou' } }],
  async handle(call, input) {
    if (input.DryRun) return call.fail('DryRunOperation')
    const { RegionId: regionId, PageNumber: page, PageSize: size } = input
    const accountId = call.principal.account.id
    const { securityGroupId, vpcId } = defaultNetwork(accountId, getRegion(regionId))
    const matches =
      (input.SecurityGroupId ?? securityGroupId) === securityGroupId &&
      (input.SecurityGroupIds?.includes(securityGroupId) ?? true) &&
      (input.SecurityGroupName ?? defaultName) === defaultName &&
      (input.SecurityGroupType ?? 'normal') === 'normal' &&
      (input.VpcId ?? vpcId) === vpcId &&
      (input.NetworkType ?? 'vpc') === 'vpc' &&
      input.ServiceManaged !== true &&
      input.ResourceGroupId === undefined &&
      input.Tag.length === 0
    const group = {
      SecurityGroupId: securityGroupId,
      SecurityGroupName: defaultName,
      Description: '',
      SecurityGroupType: 'normal',
      VpcId: vpcId,
      CreationTime: '',
      EcsCount: await countInstances(call.tx, { accountId, regionId, securityGroupId }),
      ResourceGroupId: '',
      ServiceManaged: false,
      Tags: { Tag: [] },
    }
    return {
      RegionId: regionId,
      TotalCount: matches ? 1 : 0,
      PageNumber: page,
      PageSize: input.MaxResults ?? size,
      NextToken: '',
      SecurityGroups: { SecurityGroup: matches && page === 1 ? [group] : [] },
    }
  },
})
