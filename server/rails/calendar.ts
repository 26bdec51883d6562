/**
 * When banks work, and when what is given to them settles: pure. Sources: the Federal Reserve Board's holidays (K.8);
 * Dwolla's page on processing times, whose hours are US Central time. The hours are dated, so that what was scheduled
 * under earlier ones can still be explained.
 */
import { temporal } from '../temporal.ts'

type PlainDate = InstanceType<typeof temporal.PlainDate>

/** Where Dwolla's banks keep their hours. */
const zone = 'America/Chicago'
const [monday, thursday, saturday, sunday] = [1, 4, 6, 7]

/** A holiday: a day of the year, or the n-th (from the end where negative) weekday of a month. */
type Holiday =
  | { readonly month: number; readonly day: number }
  | { readonly month: number; readonly weekday: number; readonly nth: number }

/** Legal holidays of the Federal Reserve Banks. */
const holidays: readonly Holiday[] = [
  { month: 1, day: 1 },
  { month: 1, weekday: monday, nth: 3 },
  { month: 2, weekday: monday, nth: 3 },
  { month: 5, weekday: monday, nth: -1 },
  { month: 6, day: 19 },
  { month: 7, day: 4 },
  { month: 9, weekday: monday, nth: 1 },
  { month: 10, weekday: monday, nth: 2 },
  { month: 11, day: 11 },
  { month: 11, weekday: thursday, nth: 4 },
  { month: 12, day: 25 },
]

/** The day that a holiday closes the banks: one on a Sunday is kept on Monday, one on a Saturday on no other day. */
const closedOn = (holiday: Holiday, year: number): PlainDate => {
  const { month } = holiday
  if ('day' in holiday) {
    const date = temporal.PlainDate.from({ year, month, day: holiday.day })
    return date.dayOfWeek === sunday ? date.add({ days: 1 }) : date
  }
  const first = temporal.PlainDate.from({ year, month, day: 1 })
  const days = (holiday.weekday - first.dayOfWeek + 7) % 7
  if (holiday.nth > 0) return first.add({ days: days + 7 * (holiday.nth - 1) })
  const weeks = Math.floor((first.daysInMonth - 1 - days) / 7)
  return first.add({ days: days + 7 * weeks })
}

const closedDays = new Map<number, ReadonlySet<string>>()

const closedIn = (year: number): ReadonlySet<string> => {
  const known = closedDays.get(year) ?? new Set(holidays.map((holiday) => closedOn(holiday, year).toString()))
  closedDays.set(year, known)
  return known
}

const isWorkday = (date: PlainDate): boolean => date.dayOfWeek < saturday && !closedIn(date.year).has(date.toString())

/** Whether banks work on a date (`YYYY-MM-DD`). */
export const isBankingDay = (date: string): boolean => isWorkday(temporal.PlainDate.from(date))

const nextWorkday = (date: PlainDate): PlainDate => {
  let day = date.add({ days: 1 })
  while (!isWorkday(day)) day = day.add({ days: 1 })
  return day
}

const workdaysAfter = (date: PlainDate, count: number): PlainDate => {
  let day = date
  for (let n = 0; n < count; n++) day = nextWorkday(day)
  return day
}

/**
 * How fast a leg goes: a debit by default, one that was asked to be faster, a credit by default, and what goes the same
 * day.
 */
export type Speed = 'standard-debit' | 'standard-credit' | 'same-day'

/**
 * The hours of a bank (Central time).
 * @property since the date from which they hold
 * @property exportsAt until when a leg goes out on the day it was made
 * @property settlesAt in the morning
 * @property days banking days from going out to settling
 * @property windows of the same day: made until, settled at
 */
type Hours = {
  readonly since: string
  readonly exportsAt: string
  readonly settlesAt: string
  readonly days: { readonly [S in Exclude<Speed, 'same-day'>]: number }
  readonly windows: readonly (readonly [until: string, settlesAt: string])[]
}

/** The newest first. */
const hours: readonly [Hours, ...Hours[]] = [
  {
    since: '1970-01-01',
    exportsAt: '16:00',
    settlesAt: '07:30',
    days: { 'standard-debit': 3, 'standard-credit': 1 },
    windows: [
      ['09:00', '11:30'],
      ['13:00', '17:00'],
      ['15:00', '17:00'],
    ],
  },
]

/** How many banking days later a bank takes back what had settled. */
const returnDays = 2

const hoursOn = (date: PlainDate): Hours => hours.find(({ since }) => date.toString() >= since) ?? hours[0]

const instantOf = (date: PlainDate, time: string): Date =>
  new Date(date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds)

/** When a leg goes out to the bank, and when it settles there. */
export type Schedule = { readonly exportsAt: Date; readonly settlesAt: Date }

const inZone = (at: Date) => temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)

/** When a bank takes back what settled at this instant. */
export const returnedAfter = (settledAt: Date): Date => {
  const day = workdaysAfter(inZone(settledAt).toPlainDate(), returnDays)
  return instantOf(day, hoursOn(day).settlesAt)
}

/** When a leg that is made at this instant goes out and settles. Until it goes out, it can be cancelled. */
export const scheduleOf = (speed: Speed, madeAt: Date): Schedule => {
  const made = inZone(madeAt)
  const today = made.toPlainDate()
  const time = made.toPlainTime().toString({ smallestUnit: 'millisecond' })
  if (speed === 'same-day') return sameDay(today, time)
  const { exportsAt, settlesAt, days } = hoursOn(today)
  const goesOut = isWorkday(today) && time <= `${exportsAt}:00.000` ? today : nextWorkday(today)
  return {
    exportsAt: instantOf(goesOut, exportsAt),
    settlesAt: instantOf(workdaysAfter(goesOut, days[speed]), settlesAt),
  }
}

const sameDay = (today: PlainDate, time: string): Schedule => {
  const open = isWorkday(today) ? hoursOn(today).windows.find(([until]) => time <= `${until}:00.000`) : undefined
  if (open) return { exportsAt: instantOf(today, open[0]), settlesAt: instantOf(today, open[1]) }
  const day = nextWorkday(today)
  const [until, settlesAt] = hoursOn(day).windows[0] ?? ['09:00', '11:30']
  return { exportsAt: instantOf(day, until), settlesAt: instantOf(day, settlesAt) }
}
