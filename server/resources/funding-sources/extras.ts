/** What a request for a funding source may hold beside the bank itself. */
import { type EmbeddedError, Refusal } from '@clearyard/contract/errors.ts'
import { fieldName, isBlank, ownValue } from '@clearyard/contract/fields.ts'
import { idFromHref } from '@clearyard/contract/links.ts'

type Body = Readonly<Record<string, unknown>>

/** @property authorizationId that the customer gave with this bank, if any */
export type Extras = {
  readonly isVerified: boolean
  readonly authorizationId: string | null
  readonly errors: readonly EmbeddedError[]
}

const wrong = (code: EmbeddedError['code'], message: string, path: string): EmbeddedError => ({ code, message, path })

/** Ways to add a funding source other than by the numbers of a bank. */
const otherWays = ['plaidToken', 'cardToken', 'cardDetails', 'channels'] as const

const hrefOf = (body: Body, rel: string): unknown => {
  const links = ownValue(body, '_links')
  const found = typeof links === 'object' && links !== null ? ownValue(links as Body, rel) : undefined
  return typeof found === 'object' && found !== null ? ownValue(found as Body, 'href') : found
}

const isAsked = (value: unknown): boolean => !isBlank(value) && !(Array.isArray(value) && value.length === 0)

/** @throws Refusal with Forbidden, or with the one thing that there is no way to do, whatever else is wrong */
const refuseOtherWays = (body: Body): void => {
  if (ownValue(body, 'type') === 'virtual')
    throw new Refusal('Forbidden', { message: 'Virtual account numbers are not enabled for this account.' })
  const embedded = otherWays
    .filter((name) => isAsked(ownValue(body, name)))
    .map((name) => wrong('NotAllowed', `${fieldName(name)} not supported.`, `/${name}`))
  if (isAsked(hrefOf(body, 'exchange')))
    embedded.push(wrong('NotAllowed', 'Exchange not supported.', '/_links/exchange/href'))
  if (embedded.length > 0) throw new Refusal('ValidationError', { embedded })
}

/** @throws Refusal when it is asked for in another way than by the numbers of a bank */
export const readExtras = (body: Body): Extras => {
  refuseOtherWays(body)
  const errors: EmbeddedError[] = []
  const verified = ownValue(body, 'verified')
  if (!isBlank(verified) && typeof verified !== 'boolean')
    errors.push(wrong('Invalid', 'Verified invalid.', '/verified'))
  const href = hrefOf(body, 'on-demand-authorization')
  const authorizationId = typeof href === 'string' ? idFromHref('on-demand-authorization', href) : null
  if (!isBlank(href) && authorizationId === null) {
    const path = '/_links/on-demand-authorization/href'
    errors.push(wrong('Invalid', 'On-demand-authorization invalid.', path))
  }
  return { isVerified: verified === true, authorizationId, errors }
}
