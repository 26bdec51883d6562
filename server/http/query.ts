/**
 * Reading query strings: one value where one is meant, lists where a parameter may be repeated, and the page asked for.
 */
import type { EmbeddedError } from '@clearyard/contract/errors.ts'
import { invalid } from '@clearyard/contract/errors.ts'
import { fieldName, isDate } from '@clearyard/contract/fields.ts'
import type { Page } from '@clearyard/contract/hal.ts'
import { parseCents } from '@clearyard/contract/money.ts'

export type Query = {
  /** The query as it came, without `?`. */
  raw: string
  params: URLSearchParams
}

/** The query string of a request's target. */
export const queryOf = (url: string): Query => {
  const at = url.indexOf('?')
  const raw = at < 0 ? '' : url.slice(at + 1)
  return { raw, params: new URLSearchParams(raw) }
}

const wrong = (name: string, message: string): EmbeddedError => ({ code: 'Invalid', message, path: `/${name}` })

/** Parameters as a request gave them, checked; every problem is reported at once by `done`. */
export const createQueryReader = ({ params }: Query) => {
  const errors: EmbeddedError[] = []
  const filters: [string, string][] = []
  const values = (name: string): string[] => {
    const given = params.getAll(name)
    if (given.some((value) => value.includes('\0'))) {
      errors.push(wrong(name, `${fieldName(name)} invalid.`))
      return []
    }
    for (const value of given) filters.push([name, value])
    return given
  }
  const number = (name: string, least: number, most: number, otherwise: number): number => {
    const given = params.getAll(name)
    if (given.length === 0) return otherwise
    const value = given.length === 1 && /^\d{1,9}$/.test(given[0] ?? '') ? Number(given[0]) : Number.NaN
    if (value >= least && value <= most) return value
    errors.push(wrong(name, `${fieldName(name)} must be a whole number from ${least} to ${most}.`))
    return otherwise
  }
  return {
    /** A parameter that may be given once. */
    one(name: string): string | null {
      const given = values(name)
      if (given.length > 1) errors.push(wrong(name, `${fieldName(name)} may be given once.`))
      return given[0] ?? null
    },
    /** A parameter that may be repeated, of known values. */
    choices<V extends string>(name: string, known: readonly V[]): V[] {
      const given = values(name)
      if (given.some((value) => !known.some((k) => k === value)))
        errors.push(wrong(name, `${fieldName(name)} must be one of ${known.join(', ')}.`))
      return known.filter((k) => given.includes(k))
    },
    /** An amount in cents; nothing is one, too. */
    amount(name: string): bigint | null {
      const given = this.one(name)
      const cents = given === null ? null : /^0(?:\.0+)?$/.test(given) ? 0n : parseCents(given)
      if (given !== null && cents === null) errors.push(wrong(name, `${fieldName(name)} must be an amount.`))
      return cents
    },
    /** A date, as `YYYY-MM-DD`. */
    date(name: string): string | null {
      const given = this.one(name)
      if (given === null || isDate(given)) return given
      errors.push(wrong(name, `${fieldName(name)} must be a date as YYYY-MM-DD.`))
      return null
    },
    /** `limit` (1 to 200, 25 unless given) and `offset` (0 unless given). */
    page: (): Page => ({
      limit: number('limit', 1, 200, 25),
      offset: number('offset', 0, 999_999_999, 0),
    }),
    /** The filters as they were read, for the paging links. */
    filters,
    /** @throws Refusal with everything that was wrong */
    done(): void {
      if (errors.length > 0) throw invalid(...errors)
    },
  }
}
