import { generations, listInstanceTypeFamilies } from '../../../domain/catalogue/instance-type-families.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'

/** Lists the instance families of a region; every region has all of them. */
export const DescribeInstanceTypeFamilies = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceTypeFamilies',
  summary: 'Lists the instance families of a region and their generations.',
  evidence: { page: 'DescribeInstanceTypeFamilies' },
  access: { level: 'list', on: nothing },
  params: {
    RegionId: p.region({ required: true, error: 'InvalidRegionId.NotFound#creation' }),
    Generation: p.enum(generations),
    ...compatibilityParams,
  },
  errors: ['InvalidRegionId.NotFound#creation'],
  examples: [{ title: 'List the families of a generation', params: { RegionId: 'cn-hangzhou', Generation: 'ecs-5' } }],
  async handle(_call, { Generation }) {
    return {
      InstanceTypeFamilies: {
        InstanceTypeFamily: listInstanceTypeFamilies()
          .filter(({ generation }) => (Generation ?? generation) === generation)
          .map(({ id, generation }) => ({ InstanceTypeFamilyId: id, Generation: generation })),
      },
    }
  },
})
