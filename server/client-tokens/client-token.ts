/**
 * Client tokens: sealed, so that minting writes nothing; redeeming one writes the row that makes it single-use. A token
 * names the account and dies with it, and the key it was minted with and dies with its secret.
 */
import type { ActionName } from '@clearyard/contract/actions.ts'
import { actions, type Bound, boundTo, type ClientOperation } from '@clearyard/contract/actions.ts'
import type { Money } from '@clearyard/contract/money.ts'
import type { Sealer } from '../sealing.ts'

/** @property destination the funding source that is paid, as a link names it */
type PayIn = { readonly destination: string; readonly amount: Money }

export type ClientToken = {
  /** 128 bits from the system's random source. */
  id: string
  accountId: string
  keyId: string
  generation: number
  action: ActionName
  customerId?: string
  /** The beneficial owner it is for, when it is for one alone. */
  ownerId?: string
  /** What a pay-in pays, fixed when its token is made. */
  payIn?: PayIn
  /** By the world's clock. */
  expiresAtMs: number
}

export const sealClientToken = (sealer: Sealer, token: ClientToken): string =>
  sealer.seal('client-token', 'access', Buffer.from(JSON.stringify(token))).toString('base64url')

export const openClientToken = (sealer: Sealer, sealed: Buffer): ClientToken | null => {
  const plain = sealer.open('client-token', 'access', sealed)
  return plain && (JSON.parse(plain.toString()) as ClientToken)
}

/** Whose the token is: what a call must be about. */
type Scope = Pick<ClientToken, 'action' | 'customerId' | 'ownerId'>

/** The customer whose this is, or null when there is no such thing in the token's account, or it is the account's. */
export type FindCustomer = (id: string) => Promise<string | null>

/** Whose an owner or a funding source is. */
export type FindCustomerOf = { readonly owner: FindCustomer; readonly fundingSource: FindCustomer }

const isOwn: {
  readonly [B in Exclude<Bound, 'transfer-of-customer'>]: (
    scope: Scope,
    id: string,
    customerOf: FindCustomerOf,
  ) => boolean | Promise<boolean>
} = {
  nothing: () => true,
  customer: ({ customerId }, id) => customerId === id,
  owner: async ({ customerId, ownerId }, id, customerOf) =>
    ownerId === id || (customerId !== undefined && (await customerOf.owner(id)) === customerId),
  'funding-source-of-customer': async ({ customerId }, id, customerOf) =>
    customerId !== undefined && (await customerOf.fundingSource(id)) === customerId,
}

/**
 * Whether a token may make a call: `InvalidScopes` when its action does not cover the operation, `Forbidden` when the
 * call is about anything but the token's own resource, whether or not that exists.
 * @param operation `METHOD /path/{id}` as in the published contract
 * @param id the `{id}` of the path, in its one written form; null when the path has none or it is no id
 */
export const scopeRefusal = async (
  scope: Scope,
  operation: string,
  id: string | null,
  customerOf: FindCustomerOf,
): Promise<'InvalidScopes' | 'Forbidden' | null> => {
  const covered: readonly string[] = actions[scope.action].operations
  if (!covered.includes(operation)) return 'InvalidScopes'
  const bound = boundTo[operation as ClientOperation]
  // a transfer has no id yet; that its source is the customer's is seen when it is made
  if (bound === 'transfer-of-customer') return scope.customerId === undefined ? 'Forbidden' : null
  if (bound === 'nothing') return null
  return id !== null && (await isOwn[bound](scope, id, customerOf)) ? null : 'Forbidden'
}
