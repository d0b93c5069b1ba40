import { type Scenario, scenarios } from '../../src/control/faults/scenarios.ts'
import { table } from './markdown.ts'

export function scenariosPage(): string {
  const rows = scenarios.map(({ name, title, signs }) => [`[\`${name}\`](scenarios/${name}.md)`, title, signs])
  return `# Scenarios

Named ways of going wrong, made of [fault rules](../faults.md). \`localyun fault scenario\` lists them, \`localyun fault scenario NAME\`
adds one to a running server. A test of the suite shows each through the official SDK.

${table(['Scenario', '', 'What you see'], rows)}
`
}

/** A page per scenario, by file name. */
export const scenarioPages: Readonly<Record<string, () => string>> = Object.fromEntries(
  scenarios.map(scenario => [`scenarios/${scenario.name}.md`, () => scenarioPage(scenario)]),
)

function scenarioPage({ name, title, story, signs, advice, rules }: Scenario): string {
  return `# ${title}

${story}

**What you see.** ${signs}

**What to do.** ${advice}

## Try it

\`\`\`sh
npx localyun fault scenario ${name}
\`\`\`

\`\`\`js
await cloud.faults.scenario('${name}')
\`\`\`

\`--action\`, \`--instance\`, \`--tag\`, \`--region\`, \`--account\`, \`--nth\`, \`--probability\` and \`--times\` narrow it, as does a second argument in
the library: \`{ tag: 'env=dev' }\`.

## Its rules

\`\`\`json
[
${rules.map(rule => `  ${spaced(rule)}`).join(',\n')}
]
\`\`\`

[All scenarios](../scenarios.md) · [what a rule can say](../../faults.md)
`
}

/** JSON on one line, with room to read. */
function spaced(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${spaced(field)}`)
  return `{ ${fields.join(', ')} }`
}
