import { isAway } from '../../services/hosts/hosts.ts'
import { listHosts } from '../../store/tables/hosts/hosts.ts'
import { defineRoute } from '../route.ts'

export const hostRoutes = [
  defineRoute({
    method: 'GET',
    path: '/hosts',
    summary: 'The hosts that run real machines, what they offer, and since when those are away that are.',
    async handle({ store }) {
      const hosts = await store.transaction('read', listHosts)
      return {
        json: {
          hosts: hosts.map(host => {
            const { id, address, vcpus, memoryMiB, seenUntil } = host
            return { id, address, vcpus, memoryMiB, awaySince: isAway(host) ? new Date(seenUntil).toISOString() : null }
          }),
        },
      }
    },
  }),
]
