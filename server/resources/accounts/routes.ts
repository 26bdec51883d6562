/** `GET /accounts/{id}`: the account that a world is. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { ReadRoute } from '../../http/route.ts'
import { idSchema, linksSchema } from '../../http/schemas.ts'
import type { World } from '../../worlds/world.ts'

const accountBody = (world: World): Hal => ({
  _links: {
    self: link(pathOf('account', world.accountId), 'account'),
    receive: link('/transfers', 'transfer'),
    send: link('/transfers', 'transfer'),
    'funding-sources': link(`${pathOf('account', world.accountId)}/funding-sources`, 'funding-source'),
    transfers: link(`${pathOf('account', world.accountId)}/transfers`, 'transfer'),
    customers: link('/customers', 'customer'),
  },
  id: world.accountId,
  name: world.name,
  timezoneOffset: -6,
  type: 'Commercial',
})

export const accountRoutes: readonly ReadRoute[] = [
  {
    method: 'GET',
    path: '/accounts/{id}',
    operationId: 'getAccount',
    tag: 'accounts',
    summary: 'Get the account',
    description: 'The account that the token belongs to; any other id is not found.',
    answers: {
      200: {
        type: 'object',
        required: ['_links', 'id', 'name'],
        properties: {
          _links: linksSchema,
          id: idSchema,
          name: { type: 'string' },
          timezoneOffset: { type: 'number', description: 'Hours from UTC.' },
          type: { type: 'string' },
        },
      },
    },
    errors: ['NotFound'],
    answer: ({ caller, id }) => {
      if (id !== caller.world.accountId) throw new Refusal('NotFound')
      return accountBody(caller.world)
    },
  },
]
