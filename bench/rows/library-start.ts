import { fileURLToPath } from 'node:url'
import type { LibraryStarts } from '../library-start.ts'
import { medianOf } from '../report.ts'
import type { Figures, Row } from '../row.ts'
import { runNode } from '../server.ts'

const program = fileURLToPath(new URL('../library-start.ts', import.meta.url))

export const libraryStartRow: Row = {
  name: 'library-start',
  title: "In a user's test, createLocalyun up and the first stop answered",
  measures: [
    { name: 'first world of a process, package', unit: 'ms', goal: { most: 60 } },
    { name: 'each further world, package', unit: 'ms', goal: { most: 4 } },
    { name: 'import of the library before, package', unit: 'ms' },
    { name: 'first world of a process, source', unit: 'ms' },
    { name: 'each further world, source', unit: 'ms' },
    { name: 'import of the library before, source', unit: 'ms' },
  ],
  async prepare({ quick, root, packaged }) {
    const folder = await packaged()
    const worlds = quick ? 2 : 12
    return {
      async measure() {
        const built = folder === undefined ? [undefined, undefined, undefined] : await measureStarts(folder, worlds)
        return [...built, ...(await measureStarts(root, worlds))]
      },
    }
  },
}

/** In a process of its own: the first world of a process pays for what is loaded with it. */
async function measureStarts(folder: string, count: number): Promise<Figures> {
  const { imported, worlds } = await runNode<LibraryStarts>([program, folder, String(count)])
  const [first, ...further] = worlds
  if (first === undefined) throw new Error('No world was made.')
  const median = {
    value: medianOf(further.map(one => one.ms)) ?? 0,
    processorMs: medianOf(further.map(one => one.processorMs)),
  }
  return [
    { value: first.ms, processorMs: first.processorMs },
    median,
    { value: imported.ms, processorMs: imported.processorMs },
  ]
}
