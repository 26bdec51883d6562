/**
 * Where each resource lives, and how a link in a request names one. Hosts are not compared: official samples and
 * clients send another scheme or host than the server's, so a link means its path and id.
 */
import { parseId } from './ids.ts'

/** The collection each kind of resource lives in; also the `resource-type` of links to it. */
export const collections = {
  account: 'accounts',
  customer: 'customers',
  'beneficial-owner': 'beneficial-owners',
  document: 'documents',
  kba: 'kba',
  'business-classification': 'business-classifications',
  'sandbox-simulation': 'sandbox-simulations',
  'funding-source': 'funding-sources',
  'on-demand-authorization': 'on-demand-authorizations',
  transfer: 'transfers',
  event: 'events',
} as const

export type ResourceType = keyof typeof collections

/** `('customer', id)` → `/customers/{id}` */
export const pathOf = (type: ResourceType, id: string): string => `/${collections[type]}/${id}`

/**
 * The id that a request's link gives for a resource of this type, or null when it names none: anything but an http(s)
 * URL or an absolute path, with exactly the collection and a UUID as its path.
 */
export const idFromHref = (type: ResourceType, href: string): string | null => {
  const path = /^(?:https?:\/\/[^/?#\\@\s]+)?(\/[^?#\\\s]*)$/i.exec(href)?.[1]
  const [root, collection, id, ...more] = path?.replace(/\/$/, '').split('/') ?? []
  if (root !== '' || collection !== collections[type] || id === undefined || more.length > 0) return null
  return parseId(id)
}
