export const internetChargeTypes = ['PayByBandwidth', 'PayByTraffic'] as const
export type InternetChargeType = (typeof internetChargeTypes)[number]

/** Binding and unbinding are over at once, so the statuses in between are never seen. */
export const eipStatuses = ['Associating', 'Unassociating', 'InUse', 'Available', 'Releasing'] as const

/** Mbit/s, where an order names none. */
export const usualBandwidth = 5

/** Mbit/s. Help pages "AllocateEipAddress" and "ModifyEipAddressAttribute". */
export const maxBandwidth: Readonly<Record<InternetChargeType, number>> = { PayByBandwidth: 500, PayByTraffic: 200 }
