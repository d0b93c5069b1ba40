import { operations } from '../../src/operations/index.ts'
import type { AnyOperation } from '../../src/protocol/operation.ts'
import { products } from '../../src/protocol/operation.ts'
import { describeError } from '../../src/protocol/errors.ts'
import knownActions from '../../src/protocol/known-actions.json' with { type: 'json' }
import { table } from './markdown.ts'

export function operationsPage(): string {
  const total = Object.values(knownActions).reduce((sum, actions) => sum + actions.length, 0)
  return `# Operations

${operations.length} operations are implemented. The other ${total - operations.length} actions that the public SDKs of these products know
(${Object.entries(products)
    .map(([product, version]) => `${product} ${version}`)
    .join(', ')}) are answered with 501 \`NotImplemented\`, and an action
that no product has with 404 \`InvalidAction.NotFound\`.

${operations.map(section).join('\n')}`
}

function section(operation: AnyOperation): string {
  const params = Object.entries(operation.params)
    .filter(([, param]) => !param.hidden)
    .map(([name, param]) => [
      `\`${name}${param.kind === 'repeated' ? '.N' : ''}\``,
      param.required ? 'yes' : '',
      param.about,
    ])
  const errors = [...new Set(operation.errors.map(name => `\`${describeError(name).code}\``))].sort()
  const refused = (operation.refused ?? []).map(name => `\`${name}\``)
  return `## ${operation.action}

${operation.summary} (${operation.product}, access level *${operation.access.level}*)

Written from: ${evidence(operation)}.

${table(['Parameter', 'Required', 'Value'], params)}

${refused.length === 0 ? '' : `Refused with 501, because they can't be honoured yet: ${refused.join(', ')}.\n\n`}${errors.length === 0 ? '' : `Errors of its own: ${errors.join(', ')}.\n\n`}${operation.examples.map(example).join('\n')}`
}

function evidence({ evidence: { page, kind, revisions } }: AnyOperation): string {
  return `${kind ?? 'help page'} "${page}"${revisions === undefined ? '' : `, ${revisions}`}`
}

function example({ title, params }: AnyOperation['examples'][number]): string {
  const lines = Object.entries(params).map(([name, value]) => `    ${name}=${value}`)
  return `${title}:\n\n${lines.join('\n')}\n`
}
