/**
 * Client tokens: sealed, so that minting writes nothing; redeeming one writes the row that makes it single-use. A token
 * names the account and dies with it, and the key it was minted with and dies with its secret.
 */
import type { ActionName } from '@clearyard/contract/actions.ts'
import { actions, boundTo, type ClientOperation } from '@clearyard/contract/actions.ts'
import type { Sealer } from '../sealing.ts'

export type ClientToken = {
  /** 128 bits from the system's random source. */
  id: string
  accountId: string
  keyId: string
  generation: number
  action: ActionName
  customerId?: string
  /** By the world's clock. */
  expiresAtMs: number
}

export const sealClientToken = (sealer: Sealer, token: ClientToken): string =>
  sealer.seal('client-token', 'access', Buffer.from(JSON.stringify(token))).toString('base64url')

export const openClientToken = (sealer: Sealer, sealed: Buffer): ClientToken | null => {
  const plain = sealer.open('client-token', 'access', sealed)
  return plain && (JSON.parse(plain.toString()) as ClientToken)
}

/**
 * Whether a token may make a call: `InvalidScopes` when its action does not cover the operation, `Forbidden` when the
 * call is about anything but the token's own resource, whether or not that exists.
 * @param operation `METHOD /path/{id}` as in the published contract
 * @param id the `{id}` of the path, in its one written form; null when the path has none or it is no id
 */
export const scopeRefusal = (
  token: Pick<ClientToken, 'action' | 'customerId'>,
  operation: string,
  id: string | null,
): 'InvalidScopes' | 'Forbidden' | null => {
  const covered: readonly string[] = actions[token.action].operations
  if (!covered.includes(operation)) return 'InvalidScopes'
  const bound = boundTo[operation as ClientOperation]
  if (bound === 'nothing') return null
  return bound === 'customer' && token.customerId !== undefined && token.customerId === id ? null : 'Forbidden'
}
