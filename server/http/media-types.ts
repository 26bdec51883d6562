/** Media types of the API: what a client must accept, and what bodies it may send. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { errorProfile, formsProfile, formsType, halType } from '@clearyard/contract/hal.ts'

export const halContentType = `${halType}; charset=UTF-8`
export const errorContentType = `${halType}; profile="${errorProfile}"; charset=UTF-8`
export const formsContentType = `${formsType}; charset=UTF-8`

/** Bodies in JSON, as any of the official clients labels them. */
export const jsonBody = /^application\/(?:vnd\.dwolla\.v1\.hal\+)?json(?:;|$)/i

/** Forms with files. */
export const formBody = /^multipart\/form-data(?:;|$)/i

/** The accepted media ranges that are version 1 of the API: the parameters of each. */
const versionsIn = (accept: string | undefined): string[][] =>
  (accept ?? '')
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()))
    .flatMap(([type = '', ...parameters]) => (type.toLowerCase() === halType ? [parameters] : []))

/**
 * @throws Refusal InvalidVersion unless one of the accepted media ranges is version 1 of the API, whatever its
 * parameters
 */
export const demandVersion = (accept: string | undefined): void => {
  if (versionsIn(accept).length === 0) throw new Refusal('InvalidVersion')
}

/** Whether forms are asked for; of several media ranges of the API, the first says it. */
export const wantsForms = (accept: string | undefined): boolean =>
  versionsIn(accept)[0]?.some((parameter) => parameter.replace(/^profile="?(.*?)"?$/i, '$1') === formsProfile) ?? false
