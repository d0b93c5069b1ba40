import { enableCompileCache } from 'node:module'

// What was compiled (and stripped of its types) once is read from the cache by the next start.
enableCompileCache()
const { run } = await import('./cli/run.ts')
process.exitCode = await run(process.argv.slice(2))
