import type { FamilyPrice, PriceList } from './prices.ts'

const perFamily = (names: string, price: FamilyPrice) => names.split(' ').map(name => [name, price] as const)

/**
 * ILLUSTRATIVE. In the range of the public list prices of a large region in China, made even so that a bill can be
 * checked by hand; nobody's offer, and not kept up to date. `--prices` puts one's own in their place.
 */
export const listPrices: PriceList = {
  families: Object.fromEntries([
    ...perFamily('g5 c5 r5 sn1ne sn2ne se1ne', { vcpu: 0.14, gib: 0.034 }),
    ...perFamily('g6 c6 r6', { vcpu: 0.15, gib: 0.035 }),
    ...perFamily('g7 c7 r7', { vcpu: 0.18, gib: 0.04 }),
    ...perFamily('g8i c8i r8i', { vcpu: 0.19, gib: 0.042 }),
    ...perFamily('g8y c8y r8y', { vcpu: 0.13, gib: 0.03 }),
    ...perFamily('hfg7 hfc7', { vcpu: 0.2, gib: 0.045 }),
    ...perFamily('re6p re6p-redis r7p', { vcpu: 0.16, gib: 0.02 }),
    ...perFamily('u1', { vcpu: 0.12, gib: 0.027 }),
    ...perFamily('e s6', { vcpu: 0.08, gib: 0.02 }),
    ...perFamily('xn4 n4 mn4 e4', { vcpu: 0.1, gib: 0.025 }),
    ...perFamily('t5 t6', { vcpu: 0.05, gib: 0.02 }),
    ...perFamily('d1 d1ne d2s d3s', { vcpu: 0.35, gib: 0.04 }),
    ...perFamily('i2 i2g i3 i4', { vcpu: 0.3, gib: 0.04 }),
    ...perFamily('gn6i', { vcpu: 0.2, gib: 0.04, gpu: 8 }),
    ...perFamily('gn6v', { vcpu: 0.2, gib: 0.04, gpu: 22 }),
    ...perFamily('gn7i', { vcpu: 0.18, gib: 0.04, gpu: 6 }),
  ]),
  types: {},
  disks: {
    cloud: 0.0004,
    cloud_efficiency: 0.0005,
    cloud_ssd: 0.0014,
    'cloud_essd-PL0': 0.001,
    'cloud_essd-PL1': 0.002,
    'cloud_essd-PL2': 0.004,
    'cloud_essd-PL3': 0.008,
    cloud_auto: 0.0014,
    cloud_essd_entry: 0.0006,
    elastic_ephemeral_disk_standard: 0.0008,
    elastic_ephemeral_disk_premium: 0.0016,
  },
  licences: { windows: 0.1 },
  bandwidth: { upTo5: 0.06, above5: 0.25 },
  eip: 0.02,
  subscription: 0.5,
  spot: { factor: 0.2, zones: {} },
}
