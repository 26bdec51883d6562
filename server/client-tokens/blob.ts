/**
 * What goes along with the token of a pay-in: it shows that the page was given both together. What is paid is sealed in
 * the token itself.
 */
import { invalid } from '@clearyard/contract/errors.ts'
import { isBlank } from '@clearyard/contract/fields.ts'
import type { Sealer } from '../sealing.ts'
import type { ClientToken } from './client-token.ts'

export const sealBlob = (sealer: Sealer, tokenId: string): string =>
  sealer.seal('client-token', 'blob', Buffer.from(tokenId)).toString('base64url')

/**
 * The body of the transfer that the holder of a pay-in's token asks for: from the source it names, what the token says.
 * @throws Refusal with ValidationError unless the blob is the one that was made with the token
 */
export const payInBody = (
  sealer: Sealer,
  { id, payIn }: ClientToken,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const blob = Object.hasOwn(body, 'blob') ? body['blob'] : undefined
  if (isBlank(blob)) throw invalid({ code: 'Required', message: 'Blob required.', path: '/blob' })
  const opened = typeof blob === 'string' ? sealer.open('client-token', 'blob', Buffer.from(blob, 'base64url')) : null
  if (!payIn || opened?.toString() !== id) throw invalid({ code: 'Invalid', message: 'Blob invalid.', path: '/blob' })
  const links = Object.hasOwn(body, '_links') ? body['_links'] : undefined
  const source = typeof links === 'object' && links !== null && 'source' in links ? links.source : undefined
  return { _links: { source, destination: { href: payIn.destination } }, amount: payIn.amount }
}
