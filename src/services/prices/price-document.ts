import { z } from 'zod'
import { findInstanceType, instanceTypes } from '../../domain/catalogue/instance-types.ts'
import { findZone } from '../../domain/catalogue/regions.ts'
import { listPrices } from '../../domain/prices/list-prices.ts'
import type { PriceList } from '../../domain/prices/prices.ts'

/** High enough for anything there is; keeps every rate and every price of a subscription exact. */
const highestPrice = 100_000
const price = z.number().min(0).max(highestPrice)
const part = z.number().min(0).max(10)

const families = new Set(instanceTypes.map(type => type.family.slice('ecs.'.length)))
const family = z.string().refine(name => families.has(name), 'there is no such instance family')
const type = z.string().refine(id => findInstanceType(id) !== undefined, 'there is no such instance type')
const zone = z.string().refine(id => findZone(id) !== undefined, 'there is no such zone')
const disk = z.string().refine(name => name in listPrices.disks, 'there is no such kind of disk')

/** Prices that differ from the list; everything may be left out. Unknown keys are errors. */
export const priceDocument = z.strictObject({
  families: z
    .record(family, z.strictObject({ vcpu: price.optional(), gib: price.optional(), gpu: price.optional() }))
    .default({}),
  types: z.record(type, price).default({}),
  disks: z.record(disk, price).default({}),
  licences: z.strictObject({ windows: price.optional() }).default({}),
  bandwidth: z.strictObject({ upTo5: price.optional(), above5: price.optional() }).default({}),
  eip: price.optional(),
  subscription: part.optional(),
  spot: z
    .strictObject({ factor: part.optional(), zones: z.record(zone, z.record(type, part)).default({}) })
    .default({ zones: {} }),
})

export type PriceInput = z.input<typeof priceDocument>

/** The list prices with those of a document in their place. */
export function mergePrices(document: z.output<typeof priceDocument>): PriceList {
  const { families, types, disks, licences, bandwidth, spot } = document
  const changed = Object.entries(families).map(([name, price]) => {
    const { vcpu = 0, gib = 0, gpu } = listPrices.families[name] ?? {}
    return [name, { vcpu: price.vcpu ?? vcpu, gib: price.gib ?? gib, gpu: price.gpu ?? gpu }] as const
  })
  return {
    families: { ...listPrices.families, ...Object.fromEntries(changed) },
    types: { ...listPrices.types, ...types },
    disks: { ...listPrices.disks, ...disks },
    licences: { windows: licences.windows ?? listPrices.licences.windows },
    bandwidth: {
      upTo5: bandwidth.upTo5 ?? listPrices.bandwidth.upTo5,
      above5: bandwidth.above5 ?? listPrices.bandwidth.above5,
    },
    eip: document.eip ?? listPrices.eip,
    subscription: document.subscription ?? listPrices.subscription,
    spot: { factor: spot.factor ?? listPrices.spot.factor, zones: { ...listPrices.spot.zones, ...spot.zones } },
  }
}
