import { isAbsolute } from 'node:path'
import { defineConfig } from 'rolldown'

/** The published program: one file for each part that is loaded at its own time. Loading many small ones is half of a start. */
export default defineConfig({
  input: ['src/main.ts', 'src/index.ts'],
  platform: 'node',
  external: id => !id.startsWith('.') && !isAbsolute(id),
  output: { dir: 'dist', format: 'esm', cleanDir: true },
})
