import { catalogue, describeError, type ErrorName } from '../../src/protocol/errors.ts'
import { operations } from '../../src/operations/index.ts'
import { checkOrder } from '../../src/protocol/trace.ts'
import { table } from './markdown.ts'

export function errorsPage(): string {
  const rows = (Object.keys(catalogue) as ErrorName[]).map(name => {
    const { code, status } = describeError(name)
    const users = operations.filter(operation => operation.errors.includes(name)).map(operation => operation.action)
    const shownCode = name === 'MissingRequired' ? 'Missing*Name*' : `\`${code}\``
    return [String(status), shownCode, `\`${catalogue[name][1]}\``, users.length === 0 ? 'any' : users.join(', ')]
  })
  return `# Errors

A call is checked in this order, and the first check that fails decides: ${checkOrder.join(' → ')}.
Then the operation's own rules apply.

${table(['HTTP', 'Code', 'Message', 'Operations'], rows)}
`
}
