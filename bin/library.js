// The library, from a checkout (src/, through type stripping) or from the published package (dist/).
import { existsSync } from 'node:fs'

const source = new URL('../src/index.ts', import.meta.url)
const library = await import(existsSync(source) ? source.href : new URL('../dist/index.js', import.meta.url).href)
export const { createLocalyun } = library
