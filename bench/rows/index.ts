import type { Row } from '../row.ts'
import { commitGroupsRow } from './commit-groups.ts'
import { describeRows } from './describe.ts'
import { growthRows, shortGrowthRow } from './growth.ts'
import { libraryStartRow } from './library-start.ts'
import { memoryRow } from './memory.ts'
import { postgresRow } from './postgres.ts'
import { realStopRow } from './real-stop.ts'
import { restartRow } from './restart.ts'
import { startRow } from './start.ts'
import { statementRows } from './statements.ts'
import { stopRows } from './stops.ts'
import { virtualTimeRows } from './virtual-time.ts'

/** In the order of the table; those that start PostgreSQL come last, since it stays. */
export const rows: readonly Row[] = [
  ...stopRows,
  ...describeRows,
  libraryStartRow,
  startRow,
  memoryRow,
  restartRow,
  ...virtualTimeRows,
  shortGrowthRow,
  ...statementRows,
  postgresRow,
  commitGroupsRow,
  realStopRow,
  ...growthRows,
]
