import { type Floor, floors } from '../floors.ts'
import { table } from './markdown.ts'

/** The floors as a picture in text, each above all that it imports, and the table of what each may import. */
export function floorsPart(): string {
  const levels = Map.groupBy(floors, floor => depth(floor))
  const rows = [...levels.entries()].sort(([a], [b]) => b - a).map(([, level]) => level)
  const picture = rows.map(level => level.map(({ name, purpose }) => `  ${name.padEnd(12)}${purpose}`).join('\n'))
  const rules = floors.map(({ name, imports }) => [
    `\`${name}\``,
    imports.map(one => `\`${one}\``).join(', ') || 'nothing',
  ])
  return `\`\`\`text\n${picture.join(`\n${arrow}\n`)}\n\`\`\`\n\n${table(['Floor', 'May import'], rules)}\n`
}

const arrow = '      ↓'

/** How many floors stand below this one, one upon the other. */
function depth({ imports }: Floor): number {
  return imports.reduce((most, name) => Math.max(most, 1 + depth(find(name))), 0)
}

function find(name: string): Floor {
  const floor = floors.find(one => one.name === name)
  if (floor === undefined) throw new Error(`There is no floor ${name}.`)
  return floor
}
