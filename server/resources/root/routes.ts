/** `GET /`: where a client begins. */
import { link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { ReadRoute } from '../../http/route.ts'
import { linksSchema } from '../../http/schemas.ts'

export const rootRoutes: readonly ReadRoute[] = [
  {
    method: 'GET',
    path: '/',
    operationId: 'getRoot',
    tag: 'root',
    summary: 'Begin here',
    description: 'Links to the account that the token belongs to and to its collections.',
    answers: { 200: { type: 'object', required: ['_links'], properties: { _links: linksSchema } } },
    errors: [],
    answer: ({ caller }) => ({
      _links: {
        account: link(pathOf('account', caller.world.accountId), 'account'),
        customers: link('/customers', 'customer'),
        events: link('/events', 'event'),
      },
    }),
  },
]
