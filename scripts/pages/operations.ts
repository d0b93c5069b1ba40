import { operations } from '../../src/operations/index.ts'
import type { AnyOperation } from '../../src/protocol/operation.ts'
import { products, ramAction } from '../../src/protocol/operation.ts'
import { kindOf, type Target } from '../../src/protocol/resources.ts'
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

A call of a RAM user is denied as a whole if one of its resources is. \`REGION\` is the resource's own region, whatever the call
names; of what the account does not have, and of all of a kind (\`/*\`), it is that of the call, or \`*\`.

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

${permission(operation)}

${table(['Parameter', 'Required', 'Value'], params)}

${refused.length === 0 ? '' : `Refused with 501, because they can't be honoured yet: ${refused.join(', ')}.\n\n`}${errors.length === 0 ? '' : `Errors of its own: ${errors.join(', ')}.\n\n`}${operation.examples.map(example).join('\n')}`
}

/** What a RAM user needs. */
function permission(operation: AnyOperation): string {
  const targets = [operation.access.on].flat()
  if (targets.length === 0) return 'RAM users need no permission.'
  const resources = targets.map(target => `\`${resource(operation, target)}\``).join(' and ')
  const denial = operation.access.denied === 'empty' ? '; without permission the answer is empty' : ''
  return `RAM users need \`${ramAction(operation)}\` on ${resources}${denial}.`
}

/** The ARN; in capitals what the caller or the resource fills in, otherwise the name of a parameter. */
function resource(operation: AnyOperation, target: Target): string {
  const types = typeof target.kind === 'string' ? {} : { [target.kind.ecsTypeIn]: target.kind.ecsTypeIn }
  const kind = kindOf(target, types)
  if (kind === undefined) return '*'
  const name = target.idsIn === undefined ? (kind.all ?? `${kind.type}/*`) : `${kind.type}/${target.idsIn}`
  const isRegional = target.idsIn !== undefined || operation.params['RegionId'] !== undefined
  return `acs:${kind.product}:${isRegional ? 'REGION' : '*'}:ACCOUNT:${name}`
}

function evidence({ evidence: { page, kind, revisions } }: AnyOperation): string {
  return `${kind ?? 'help page'} "${page}"${revisions === undefined ? '' : `, ${revisions}`}`
}

function example({ title, params }: AnyOperation['examples'][number]): string {
  const lines = Object.entries(params).map(([name, value]) => `    ${name}=${value}`)
  return `${title}:\n\n${lines.join('\n')}\n`
}
