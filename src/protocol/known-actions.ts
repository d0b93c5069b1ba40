import knownActions from './known-actions.json' with { type: 'json' }
import { type Product, products } from './operation.ts'

/** The product that has `action` in `version` according to its public SDK, whether or not we have it. */
export function findKnownProduct(version: string, action: string): Product | undefined {
  for (const product of Object.keys(products) as Product[]) {
    const isIts = products[product] === version
    if (isIts && (knownActions[product] as readonly string[]).includes(action)) return product
  }
  return undefined
}

/** How many actions a product has according to its public SDK. */
export function countKnownActions(product: Product): number {
  return knownActions[product].length
}
