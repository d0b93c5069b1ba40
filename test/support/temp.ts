import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of a test's own, gone with it. Use with `using`. */
export interface TempFolder extends Disposable {
  readonly path: string
  /** Writes a file and returns its path. */
  write(name: string, content: string): string
}

export function tempFolder(): TempFolder {
  const path = mkdtempSync(join(tmpdir(), 'localyun-test-'))
  return {
    path,
    write(name, content) {
      const file = join(path, name)
      writeFileSync(file, content)
      return file
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
