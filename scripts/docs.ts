// Writes docs/reference/ from the code, or with --check says which pages are out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { billingPicture } from './pages/billing-picture.ts'
import { errorsPage } from './pages/errors.ts'
import { operationsPage } from './pages/operations.ts'
import { pricesPage } from './pages/prices.ts'
import { settingsPage } from './pages/settings.ts'
import { statesPage } from './pages/states.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const pages = {
  'operations.md': operationsPage,
  'states.md': statesPage,
  'errors.md': errorsPage,
  'settings.md': settingsPage,
  'prices.md': pricesPage,
  'billing.svg': billingPicture,
}

mkdirSync(folder, { recursive: true })
const stale: string[] = []
for (const [name, page] of Object.entries(pages)) {
  const file = new URL(name, folder)
  const text = `<!-- Written by scripts/docs.ts; change the code and run "npm run docs". -->\n\n${page()}`
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (read(file) !== text) stale.push(name)
}
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
