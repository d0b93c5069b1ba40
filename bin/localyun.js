#!/usr/bin/env node
// Starts localyun from a checkout (src/, through type stripping) or from the published package (dist/).
import { existsSync } from 'node:fs'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `localyun needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      'In a checkout, "npm ci" brings the right one: run "npm start" or "npx localyun" there.\n',
  )
  process.exit(2)
}

const source = new URL('../src/main.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
