import type { Row } from '../row.ts'
import { commitGroupsRow } from './commit-groups.ts'
import { describeRow } from './describe.ts'
import { growthRows } from './growth.ts'
import { libraryStartRow } from './library-start.ts'
import { memoryRow } from './memory.ts'
import { monthOfNightsRow } from './month-of-nights.ts'
import { postgresRow } from './postgres.ts'
import { realStopRow } from './real-stop.ts'
import { restartRow } from './restart.ts'
import { startRow } from './start.ts'
import { stopRows } from './stops.ts'
import { virtualHourRow } from './virtual-hour.ts'

export const rows: readonly Row[] = [
  ...stopRows,
  startRow,
  libraryStartRow,
  memoryRow,
  describeRow,
  virtualHourRow,
  monthOfNightsRow,
  restartRow,
  postgresRow,
  commitGroupsRow,
  ...growthRows,
  realStopRow,
]
