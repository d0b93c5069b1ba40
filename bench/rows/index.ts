import type { Row } from '../row.ts'
import { describeRow } from './describe.ts'
import { libraryStartRow } from './library-start.ts'
import { memoryRow } from './memory.ts'
import { monthOfNightsRow } from './month-of-nights.ts'
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
  realStopRow,
]
