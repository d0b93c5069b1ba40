import { seedDocument, type SeedDocument } from '../services/world/seed-document.ts'
import { UsageError } from './usage-error.ts'
import { describeIssue, readYamlFile, type YamlPath } from './yaml-file.ts'

export interface SeedFile {
  readonly document: SeedDocument
  /** `seed.yaml line 4, instances[0].zone` */
  locate(path: YamlPath): string
}

/** Reads and validates a seed document; throws UsageError naming file, line and key. */
export function readSeedFile(name: string): SeedFile {
  const file = readYamlFile(name)
  const result = seedDocument.safeParse(file.value)
  if (!result.success) throw new UsageError(describeIssue(file, result.error.issues))
  return { document: result.data, locate: path => file.locate(path) }
}
