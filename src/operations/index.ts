import type { AnyOperation } from '../protocol/operation.ts'
import { DeleteInstance } from './ecs/DeleteInstance.ts'
import { DeleteInstances } from './ecs/DeleteInstances.ts'
import { DescribeInstances } from './ecs/DescribeInstances.ts'
import { DescribeInstanceStatus } from './ecs/DescribeInstanceStatus.ts'
import { DescribeInstanceTypes } from './ecs/DescribeInstanceTypes.ts'
import { DescribeRegions } from './ecs/DescribeRegions.ts'
import { DescribeZones } from './ecs/DescribeZones.ts'
import { RebootInstance } from './ecs/RebootInstance.ts'
import { RebootInstances } from './ecs/RebootInstances.ts'
import { RunInstances } from './ecs/RunInstances.ts'
import { StartInstance } from './ecs/StartInstance.ts'
import { StartInstances } from './ecs/StartInstances.ts'
import { StopInstance } from './ecs/StopInstance.ts'
import { StopInstances } from './ecs/StopInstances.ts'

/** Every operation there is. To add one, add its file, its test, and its line here. */
export const operations: readonly AnyOperation[] = [
  StopInstances,
  StopInstance,
  StartInstances,
  StartInstance,
  RebootInstances,
  RebootInstance,
  RunInstances,
  DeleteInstances,
  DeleteInstance,
  DescribeInstances,
  DescribeInstanceStatus,
  DescribeRegions,
  DescribeZones,
  DescribeInstanceTypes,
]
