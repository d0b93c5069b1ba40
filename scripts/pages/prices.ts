import { Document, isMap } from 'yaml'
import { listPrices } from '../../src/domain/prices/list-prices.ts'

export function pricesPage(): string {
  return `# The price list

Illustrative: in the range of the public list prices of a large region in China, made even so that a bill can be checked by
hand. Nobody's offer. [Billing](../billing.md) says what each price is for; a file with any part of this, given with
\`--prices FILE\`, takes the place of that part. CNY per hour: \`vcpu\`, \`gib\` (of memory) and \`gpu\` each; disks per GiB;
\`windows\` per vCPU; bandwidth per Mbit/s. \`subscription\` and \`spot\` are parts of the pay-as-you-go price.

\`\`\`yaml
${asYaml()}
\`\`\`
`
}

/** Each family on a line of its own. */
function asYaml(): string {
  const document = new Document(listPrices, { aliasDuplicateObjects: false })
  const families = document.get('families')
  for (const { value } of isMap(families) ? families.items : []) if (isMap(value)) value.flow = true
  return document.toString({ flowCollectionPadding: false }).trimEnd()
}
