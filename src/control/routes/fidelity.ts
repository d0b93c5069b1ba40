import { operations } from '../../operations/index.ts'
import { describeFidelity } from '../fidelity.ts'
import { defineRoute } from '../route.ts'

export const fidelityRoutes = [
  defineRoute({
    method: 'GET',
    path: '/fidelity',
    summary: 'What is implemented of each product, and for each operation its coverage and what it was written from.',
    handle: async () => ({ json: describeFidelity(operations) }),
  }),
]
