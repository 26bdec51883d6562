/** The route of on-demand authorizations: the words that a customer agrees to who adds a bank for payments to come. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Route } from '../../http/route.ts'
import { linksSchema } from '../../http/schemas.ts'
import { createAuthorization, type OnDemandAuthorizationRow } from './store.ts'

/** @param accountName who will ask for the payments */
const authorizationBody = ({ id }: OnDemandAuthorizationRow, accountName: string): Hal => ({
  _links: { self: link(pathOf('on-demand-authorization', id), 'on-demand-authorization') },
  bodyText:
    `I agree that future payments to ${accountName} will be processed from the selected account above. In order to ` +
    `cancel this authorization, I will change my payment settings within my ${accountName} account.`,
  buttonText: 'Agree & Continue',
})

export const onDemandAuthorizationRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/on-demand-authorizations',
    operationId: 'createOnDemandTransferAuthorization',
    tag: 'funding sources',
    summary: 'Create an on-demand transfer authorization',
    description:
      'The words that a customer agrees to who lets payments of any amount be asked for later. Its link goes with the bank that is added then; it is good for one.',
    answers: {
      200: {
        type: 'object',
        required: ['_links', 'bodyText', 'buttonText'],
        properties: { _links: linksSchema, bodyText: { type: 'string' }, buttonText: { type: 'string' } },
      },
    },
    errors: [],
    prepare: ({ caller }) => {
      const { settings, name } = caller.world
      if (!settings.mayAuthorizeOnDemand) throw new Refusal('Forbidden')
      return (ctx) => ({ status: 200, body: authorizationBody(createAuthorization(ctx), name) })
    },
  },
]
