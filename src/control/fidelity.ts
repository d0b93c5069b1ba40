import { describeError } from '../protocol/errors.ts'
import { countKnownActions } from '../protocol/known-actions.ts'
import { type AnyOperation, type Product, products } from '../protocol/operation.ts'
import type { Param } from '../protocol/params.ts'

/** Coverage and evidence, all of it read from the operations themselves. */
export function describeFidelity(operations: readonly AnyOperation[]) {
  return {
    products: (Object.keys(products) as Product[]).map(product => ({
      product,
      version: products[product],
      knownActions: countKnownActions(product),
      implemented: operations.filter(one => one.product === product).length,
    })),
    /** Runs over every operation; what it proves of each stands under `contract`. */
    contractTests: 'test/contract/every-operation.test.ts',
    /** What the evidence leaves open, and what was decided. */
    assumptions: 'docs/compatibility.md',
    operations: operations.map(describeOperation),
  }
}

function describeOperation(operation: AnyOperation) {
  const { product, action, summary, evidence, access, params, refused = [], errors, examples } = operation
  const shown = Object.entries(params).filter(([, param]) => !param.hidden)
  const namesWhere = (holds: (param: Param) => boolean) =>
    shown.flatMap(([name, param]) => (holds(param) ? [name] : []))
  return {
    product,
    action,
    summary,
    access: access.level,
    evidence: { kind: evidence.kind ?? 'help page', title: evidence.page, revisions: evidence.revisions ?? null },
    parameters: shown.map(([name, { kind, required, about }]) => ({ name, kind, required, about })),
    /** Answered with 501, because ignoring them would change the result. */
    refused,
    errors: uniqueErrors(errors),
    contract: {
      /** Run as V1 and through the official SDK, in JSON and XML, and compared with the SDK's model. */
      examples: examples.map(example => example.title),
      missing: namesWhere(param => param.required),
      badValue: namesWhere(param => param.badValue !== undefined),
      refused,
    },
  }
}

/** Several causes can share a code. */
function uniqueErrors(names: AnyOperation['errors']): { code: string; status: number }[] {
  const byCode = new Map(names.map(describeBriefly))
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

function describeBriefly(name: AnyOperation['errors'][number]): [string, { code: string; status: number }] {
  const { code, status } = describeError(name)
  return [`${status} ${code}`, { code, status }]
}
