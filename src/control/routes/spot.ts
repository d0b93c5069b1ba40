import { z } from 'zod'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { findZone } from '../../domain/catalogue/regions.ts'
import { toMicro } from '../../domain/spot/spot.ts'
import { newSpotPrice } from '../../services/world/seed-document.ts'
import type { Place } from '../../store/tables/instances/stock.ts'
import { ControlError, defineRoute } from '../route.ts'

const path = '/zones/{zone}/spot-price/{instanceType}'

export const spotRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'What the market asks for spot instances of a type in a zone, CNY an hour.',
    async handle({ store, services }, { param }) {
      const place = readPlace(param)
      const price = await store.transaction('read', tx => services.market.priceOf(tx, place))
      return { json: describe(place, price) }
    },
  }),
  defineRoute({
    method: 'PUT',
    path,
    summary:
      'Sets it, in CNY an hour or as a part of the list price. Spot instances cost that from now on, and those whose limit is below are taken back.',
    body: newSpotPrice,
    async handle({ store, services }, { param, body }) {
      const place = readPlace(param)
      const price = await store.transaction('write', tx => services.market.setPrice(tx, place, body))
      return { json: describe(place, price) }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/instances/{id}/spot-interruption',
    summary: 'Takes a spot instance back: notice now, or when its protection ends, and five minutes later it goes.',
    body: z.strictObject({}),
    async handle({ store, services }, { param }) {
      const id = param('id')
      const outcome = await store.transaction('write', tx => services.market.interrupt(tx, id))
      if (outcome === 'not-found') throw new ControlError(404, `There is no instance ${id}.`)
      if (outcome === 'not-spot') throw new ControlError(409, `${id} is no spot instance.`)
      if (outcome === 'off') throw new ControlError(409, `${id} is off already, or about to be.`)
      const [noticeAt, interruptAt] = [outcome.noticeAt, outcome.interruptAt].map(at => new Date(at).toISOString())
      return { json: { noticeAt, interruptAt } }
    },
  }),
]

function readPlace(param: (name: string) => string): Place {
  const [zoneId, type] = [param('zone'), param('instanceType')]
  if (findZone(zoneId) === undefined) throw new ControlError(404, `There is no zone ${zoneId}.`)
  if (findInstanceType(type) === undefined) throw new ControlError(404, `There is no instance type ${type}.`)
  return { zoneId, type }
}

function describe({ zoneId, type }: Place, price: number) {
  return { zone: zoneId, instanceType: type, price: toMicro(price) / 1e6 }
}
