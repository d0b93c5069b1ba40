import { instanceTypes } from './instance-types.ts'

/** The series of instance families, the oldest first, as far as the page of DescribeInstanceTypeFamilies names them. */
export const generations = ['ecs-1', 'ecs-2', 'ecs-3', 'ecs-4', 'ecs-5', 'ecs-6'] as const

type Generation = (typeof generations)[number]

interface InstanceTypeFamily {
  /** `ecs.g7` */
  readonly id: string
  readonly generation: Generation
}

/**
 * By the number in a family's name. DescribeInstanceTypeFamilies has g5, c5, r5 and t5 in ecs-4, g6, c6, r6 and t6 in
 * ecs-5, hfg7 and hfc7 in ecs-6; the other families of these numbers go with them. It names no series after ecs-6, so
 * that 8 is assumed to be in it; 4 is assumed to be in the one before ecs-4.
 */
const byNumber: Readonly<Record<string, Generation>> = {
  4: 'ecs-3',
  5: 'ecs-4',
  6: 'ecs-5',
  7: 'ecs-6',
  8: 'ecs-6',
}

/** Families whose names do not tell it. sn1ne is in public answers of the service; the others are assumed. */
const byName: Readonly<Record<string, Generation>> = {
  'ecs.sn1ne': 'ecs-3',
  'ecs.sn2ne': 'ecs-3',
  'ecs.se1ne': 'ecs-3',
  'ecs.d1': 'ecs-3',
  'ecs.d1ne': 'ecs-3',
  'ecs.i2': 'ecs-4',
  'ecs.i2g': 'ecs-4',
  'ecs.d2s': 'ecs-5',
  'ecs.i3': 'ecs-5',
  'ecs.d3s': 'ecs-6',
  'ecs.i4': 'ecs-6',
  'ecs.u1': 'ecs-6',
  'ecs.e': 'ecs-6',
}

/** The families of the catalogue, in its order; they are the same in every region. */
export function listInstanceTypeFamilies(): InstanceTypeFamily[] {
  const ids = new Set(instanceTypes.map(type => type.family))
  return [...ids].map(id => ({ id, generation: generationOf(id) }))
}

function generationOf(id: string): Generation {
  const [number = ''] = /\d/.exec(id) ?? []
  const generation = byName[id] ?? byNumber[number]
  if (generation === undefined) throw new Error(`The family ${id} has no generation.`)
  return generation
}
