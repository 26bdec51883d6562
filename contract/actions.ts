/**
 * The table of client-token actions: what each lets a browser do, and which resources its token is bound to.
 * Sources: Dwolla's page on client tokens and its drop-in components; operations are named as in the published
 * contract. An operation that no action lists refuses every client token.
 */

/** Which resource of the token a call must be about. */
export type Bound = 'nothing' | 'customer' | 'owner' | 'funding-source-of-customer' | 'transfer-of-customer'

/** The operations that a client token can ever reach, and the resource that must be the token's own. */
export const boundTo = {
  'POST /customers': 'nothing',
  'GET /customers/{id}': 'customer',
  'POST /customers/{id}': 'customer',
  'GET /customers/{id}/documents': 'customer',
  'POST /customers/{id}/documents': 'customer',
  'GET /customers/{id}/funding-sources': 'customer',
  'POST /customers/{id}/funding-sources': 'customer',
  'POST /funding-sources/{id}/micro-deposits': 'funding-source-of-customer',
  'POST /transfers': 'transfer-of-customer',
  'GET /customers/{id}/beneficial-owners': 'customer',
  'POST /customers/{id}/beneficial-owners': 'customer',
  'GET /beneficial-owners/{id}': 'owner',
  'POST /beneficial-owners/{id}': 'owner',
  'DELETE /beneficial-owners/{id}': 'owner',
  'POST /beneficial-owners/{id}/documents': 'owner',
  'GET /customers/{id}/beneficial-ownership': 'customer',
  'POST /customers/{id}/beneficial-ownership': 'customer',
  'GET /business-classifications': 'nothing',
  'GET /business-classifications/{id}': 'nothing',
} as const satisfies Record<string, Bound>

export type ClientOperation = keyof typeof boundTo

/**
 * @property operations what the action's token may call
 * @property needs links the token request must name: `customer`, one of customer and beneficial-owner, or for a pay-in
 *   the customer, the destination and the amount
 */
export type Action = {
  readonly operations: readonly ClientOperation[]
  readonly needs: 'nothing' | 'customer' | 'customer-or-owner' | 'payin'
}

export const actions = {
  'customer.create': { operations: ['POST /customers'], needs: 'nothing' },
  'customer.read': { operations: ['GET /customers/{id}'], needs: 'customer' },
  'customer.update': { operations: ['POST /customers/{id}'], needs: 'customer' },
  'customer.documents.create': { operations: ['POST /customers/{id}/documents'], needs: 'customer' },
  'customer.documents.read': { operations: ['GET /customers/{id}/documents'], needs: 'customer' },
  'customer.fundingsources.create': { operations: ['POST /customers/{id}/funding-sources'], needs: 'customer' },
  'customer.fundingsources.read': { operations: ['GET /customers/{id}/funding-sources'], needs: 'customer' },
  'customer.microdeposits.create': { operations: ['POST /funding-sources/{id}/micro-deposits'], needs: 'customer' },
  'customer.microdeposits.verify': { operations: ['POST /funding-sources/{id}/micro-deposits'], needs: 'customer' },
  'customer.transfers.send': { operations: ['POST /transfers'], needs: 'payin' },
  'beneficialowners.create': { operations: ['POST /customers/{id}/beneficial-owners'], needs: 'customer' },
  'beneficialowners.read': {
    operations: ['GET /customers/{id}/beneficial-owners', 'GET /beneficial-owners/{id}'],
    needs: 'customer-or-owner',
  },
  'beneficialowners.update': { operations: ['POST /beneficial-owners/{id}'], needs: 'customer-or-owner' },
  'beneficialowners.delete': { operations: ['DELETE /beneficial-owners/{id}'], needs: 'customer-or-owner' },
  'beneficialowner.delete': { operations: ['DELETE /beneficial-owners/{id}'], needs: 'customer-or-owner' },
  'beneficialowner.documents.create': {
    operations: ['POST /beneficial-owners/{id}/documents'],
    needs: 'customer-or-owner',
  },
  'beneficialownership.read': { operations: ['GET /customers/{id}/beneficial-ownership'], needs: 'customer' },
  'beneficialownership.certify': { operations: ['POST /customers/{id}/beneficial-ownership'], needs: 'customer' },
  'businessclassifications.read': {
    operations: ['GET /business-classifications', 'GET /business-classifications/{id}'],
    needs: 'nothing',
  },
} as const satisfies Record<string, Action>

export type ActionName = keyof typeof actions

export const isAction = (name: string): name is ActionName => Object.hasOwn(actions, name)
