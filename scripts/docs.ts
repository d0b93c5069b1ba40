// Writes docs/reference/ and the picture in ARCHITECTURE.md from the code, or with --check says what is out of date.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { billingPicture } from './pages/billing-picture.ts'
import { economicalPicture } from './pages/economical-picture.ts'
import { errorsPage } from './pages/errors.ts'
import { floorsPart } from './pages/floors.ts'
import { keysPage } from './pages/keys.ts'
import { locksPage } from './pages/locks.ts'
import { operationsPage } from './pages/operations.ts'
import { pricesPage } from './pages/prices.ts'
import { scenarioPages, scenariosPage } from './pages/scenarios.ts'
import { settingsPage } from './pages/settings.ts'
import { statesPage } from './pages/states.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const pages: Record<string, () => string> = {
  'operations.md': operationsPage,
  'states.md': statesPage,
  'locks.md': locksPage,
  'keys.md': keysPage,
  'errors.md': errorsPage,
  'settings.md': settingsPage,
  'scenarios.md': scenariosPage,
  ...scenarioPages,
  'prices.md': pricesPage,
  'billing.svg': billingPicture,
  'economical-mode.svg': economicalPicture,
}

const isCheck = process.argv.includes('--check')

mkdirSync(new URL('scenarios/', folder), { recursive: true })
const stale: string[] = []
for (const [name, page] of Object.entries(pages)) {
  const file = new URL(name, folder)
  const text = `<!-- Written by scripts/docs.ts; change the code and run "npm run docs". -->\n\n${page()}`
  if (!isCheck) writeFileSync(file, text)
  else if (read(file) !== text) stale.push(name)
}
// What no page is written to any more.
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.md') || Object.hasOwn(pages, name)) continue
  if (isCheck) stale.push(name)
  else rmSync(new URL(name, folder))
}

// The floors stand between two marks in a page that is otherwise written by hand.
const architecture = new URL('../ARCHITECTURE.md', import.meta.url)
const marks = /(<!-- floors: .* -->\n)[^]*(<!-- \/floors -->)/
const before = read(architecture)
const after = before.replace(marks, (_all, begin: string, end: string) => `${begin}\n${floorsPart()}\n${end}`)
if (!marks.test(before)) throw new Error('ARCHITECTURE.md has lost the marks between which the floors are drawn.')
if (!isCheck) writeFileSync(architecture, after)
else if (before !== after) stale.push('../../ARCHITECTURE.md')

if (stale.length > 0) {
  console.error(`Out of date in docs/reference: ${stale.join(', ')}. Run "npm run docs".`)
  process.exitCode = 1
}

function read(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
