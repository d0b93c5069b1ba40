import type { PriceList } from '../domain/prices/prices.ts'
import { mergePrices, priceDocument } from '../services/prices/price-document.ts'
import { UsageError } from './usage-error.ts'
import { describeIssue, readYamlFile } from './yaml-file.ts'

/** Reads prices that differ from the list; throws UsageError naming file, line and key. */
export function readPriceFile(path: string): PriceList {
  const file = readYamlFile(path)
  const result = priceDocument.safeParse(file.value)
  if (!result.success) throw new UsageError(describeIssue(file, result.error.issues))
  return mergePrices(result.data)
}
