/** Media types of the API: what a client must accept, and what bodies it may send. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { errorProfile, halType } from '@clearyard/contract/hal.ts'

export const halContentType = `${halType}; charset=UTF-8`
export const errorContentType = `${halType}; profile="${errorProfile}"; charset=UTF-8`

/** Bodies in JSON, as any of the official clients labels them. */
export const jsonBody = /^application\/(?:vnd\.dwolla\.v1\.hal\+)?json(?:;|$)/i

/** Forms with files. */
export const formBody = /^multipart\/form-data(?:;|$)/i

/**
 * @throws Refusal InvalidVersion unless one of the accepted media ranges is version 1 of the API, whatever its
 * parameters
 */
export const demandVersion = (accept: string | undefined): void => {
  const ranges = (accept ?? '').split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase())
  if (!ranges.includes(halType)) throw new Refusal('InvalidVersion')
}
