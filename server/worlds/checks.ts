/** Reading the bodies of `/_clearyard` requests: every value checked, everything wrong reported at once. */
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import { isIpEntry } from '../oauth/ip-allow-list.ts'
import { addDuration } from '../temporal.ts'
import { type Clock, type ClockChange, timeOf } from './clock.ts'
import { defaultSettings, type Settings } from './settings.ts'

export type Body = Readonly<Record<string, unknown>>

const accountStatuses: readonly unknown[] = ['active', 'unconfirmed', 'suspended'] satisfies Settings['accountStatus'][]

const settlements: readonly unknown[] = ['simulation', 'clock'] satisfies Settings['settlement'][]

const microDeposits: readonly unknown[] = ['sandbox', 'strict'] satisfies Settings['microDeposits'][]

const isLifetime = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 86_400

const lifetime = { holds: isLifetime, words: 'a whole number from 1 to 86400' }

const cents = {
  holds: (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 1e12,
  words: 'a whole number from 0 to 1000000000000',
}

const flag = { holds: (value: unknown): boolean => typeof value === 'boolean', words: 'true or false' }

const settingRules: { readonly [S in keyof Settings]: { holds: (value: unknown) => boolean; words: string } } = {
  accountStatus: { holds: (value) => accountStatuses.includes(value), words: 'active, unconfirmed or suspended' },
  applicationTokenLifetimeSeconds: lifetime,
  clientTokenLifetimeSeconds: lifetime,
  settlement: { holds: (value) => settlements.includes(value), words: 'simulation or clock' },
  seedBalanceCents: cents,
  maxBanksPerCustomer: {
    holds: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1000,
    words: 'a whole number from 1 to 1000',
  },
  mayAddVerifiedBanks: flag,
  mayAddGeneralLedgerBanks: flag,
  mayAuthorizeOnDemand: flag,
  microDeposits: { holds: (value) => microDeposits.includes(value), words: 'sandbox or strict' },
  mayReceiveFunds: flag,
  maySendFunds: flag,
  mayFacilitateFunds: flag,
  mayChargeFees: flag,
  mayClearSameDay: flag,
  sameDayLimitCents: cents,
  maySendAddenda: flag,
  maySendPointOfSaleAddenda: flag,
  transferLimitCents: cents,
  unverifiedWeeklyLimitCents: cents,
  weeklyReceiveLimitCents: cents,
}

const refuseAny = (errors: readonly EmbeddedError[]): void => {
  if (errors.length > 0) throw invalid(...errors)
}

export const wrong = (path: string, message: string): EmbeddedError => ({ code: 'Invalid', message, path })

/** As many as a person reads, no more of each than tells it from others, and once what there is instead. */
export const unknownMembers = (body: Body, known: readonly string[], at = ''): EmbeddedError[] =>
  Object.keys(body)
    .filter((name) => !known.includes(name))
    .slice(0, 20)
    .map((name) => name.slice(0, 60))
    .map((name, index) => {
      const instead = index === 0 && known.length > 0 ? `; known are ${known.join(', ')}` : ''
      return wrong(`${at}/${name}`, `There is no ${name} here${instead}.`)
    })

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= most &&
  value.isWellFormed() &&
  !/\p{Cc}/u.test(value)

const settingErrors = (settings: unknown): EmbeddedError[] => {
  if (settings === undefined) return []
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    return [wrong('/settings', 'settings must be an object.')]
  const given = settings as Body
  return [
    ...unknownMembers(given, Object.keys(defaultSettings), '/settings'),
    ...Object.entries(settingRules)
      .filter(([name, rule]) => given[name] !== undefined && !rule.holds(given[name]))
      .map(([name, rule]) => wrong(`/settings/${name}`, `${name} must be ${rule.words}.`)),
  ]
}

const nameErrors = (name: unknown): EmbeddedError[] =>
  name === undefined || isText(name, 255) ? [] : [wrong('/name', 'name must be text of 1 to 255 characters.')]

/** The parts of a new or changed world. */
export const readWorld = (body: Body, known: readonly string[]): { name?: string; settings: Partial<Settings> } => {
  refuseAny([...unknownMembers(body, known), ...nameErrors(body['name']), ...settingErrors(body['settings'])])
  return {
    ...(body['name'] === undefined ? {} : { name: body['name'] as string }),
    settings: (body['settings'] ?? {}) as Partial<Settings>,
  }
}

const modes = ['frozen', 'running', 'real'] as const

/** What every column can hold, with room for what lies ahead: expiries, and a year of running on. */
const isWithinReach = (date: Date): boolean => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 9998

const isInCalendar = (day: string): boolean => {
  const date = new Date(`${day}T00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

const instant = (value: unknown): Date | null => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(value))
    return null
  const date = new Date(value)
  return isInCalendar(value.slice(0, 10)) && isWithinReach(date) ? date : null
}

/** A change to a clock: `mode`, and one of `set` (an instant) and `advance` (an ISO 8601 duration such as `P1DT2H`). */
export const readClockChange = (body: Body, clock: Clock, realMs: number, at = ''): ClockChange => {
  const errors = unknownMembers(body, ['mode', 'set', 'advance'], at)
  const { mode, set, advance } = body
  const change: ClockChange = {}
  if (mode !== undefined) {
    const known = modes.find((m) => m === mode)
    if (known) change.mode = known
    else errors.push(wrong(`${at}/mode`, `mode must be one of ${modes.join(', ')}.`))
  }
  if (set !== undefined) {
    const date = instant(set)
    if (date) change.set = date
    else
      errors.push(wrong(`${at}/set`, 'set must be an instant such as 2026-11-23T14:00:00Z, in the years 1970 to 9998.'))
  }
  if (advance !== undefined) {
    const now = timeOf(clock, realMs)
    const ahead = typeof advance === 'string' ? addDuration(now, advance) : null
    if (ahead && ahead >= now && isWithinReach(ahead)) change.advanceMs = ahead.getTime() - now.getTime()
    else
      errors.push(
        wrong(
          `${at}/advance`,
          'advance must be an ISO 8601 duration such as PT1H or P1DT2H, to the year 9998 at most.',
        ),
      )
  }
  if ((set !== undefined && advance !== undefined) || (mode === 'real' && (set ?? advance) !== undefined))
    errors.push(wrong(at, 'Give one of set and advance, and neither with the mode real.'))
  if (Object.keys(body).length === 0) errors.push(wrong(at, 'Give mode, set or advance.'))
  refuseAny(errors)
  return change
}

/** Where the clock of a new world begins; it runs with real time unless told otherwise. */
export const readStartOfClock = (given: unknown, realMs: number): ClockChange => {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(wrong('/clock', 'clock must be an object with mode, set or advance.'))
  return readClockChange(given as Body, { frozenAt: null, offsetMs: 0 }, realMs, '/clock')
}

/** The parts of a changed application. */
export const readApplicationChange = (body: Body) => {
  const errors = [...unknownMembers(body, ['name', 'status', 'ipAllowList']), ...nameErrors(body['name'])]
  const { name, status, ipAllowList: list } = body
  if (status !== undefined && status !== 'active' && status !== 'disabled')
    errors.push(wrong('/status', 'status must be active or disabled.'))
  const isList = Array.isArray(list) && list.every((entry) => typeof entry === 'string' && isIpEntry(entry))
  if (list !== undefined && (!isList || list.length > 100))
    errors.push(wrong('/ipAllowList', 'ipAllowList must be a list of at most 100 addresses or CIDR blocks.'))
  refuseAny(errors)
  return {
    ...(name === undefined ? {} : { name: name as string }),
    ...(status === undefined ? {} : { status: status as 'active' | 'disabled' }),
    ...(list === undefined ? {} : { ip_allow_list: list as string[] }),
  }
}

export const readKeyChange = (body: Body): { status: 'active' | 'disabled' } => {
  const { status } = body
  refuseAny(unknownMembers(body, ['status']))
  if (status !== 'active' && status !== 'disabled')
    throw invalid(wrong('/status', 'status must be active or disabled.'))
  return { status }
}
