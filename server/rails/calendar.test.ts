import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textTable } from '../testing/text-table.ts'
import { isBankingDay, type Speed, scheduleOf } from './calendar.ts'

/** The Federal Reserve Board's K.8, weekdays alone, and how many banking days are left. */
const closed = textTable(
  ['year', 'days', 'left'],
  `
  2026 | 01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25       | 251
  2027 | 01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25             | 252
  2028 | 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-23 12-25             | 251
  2029 | 01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25 | 250
  2030 | 01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25 | 250
  `,
)

test('banks are closed on weekends and on the holidays of the Federal Reserve', () => {
  for (const { year, days, left } of closed) {
    const open: string[] = []
    const holidays: string[] = []
    for (let at = new Date(`${year}-01-01T00:00Z`); String(at.getUTCFullYear()) === year; ) {
      const date = at.toISOString().slice(0, 10)
      if (isBankingDay(date)) open.push(date)
      else if (at.getUTCDay() > 0 && at.getUTCDay() < 6) holidays.push(date.slice(5))
      at = new Date(at.getTime() + 86_400_000)
    }
    assert.deepEqual([holidays.join(' '), String(open.length)], [days, left], year)
  }
})

test('legs go out and settle by the hours of the bank, over weekends, holidays and changes of the clock', () => {
  const rows = textTable(
    ['made', 'speed', 'exported', 'settles', 'why'],
    `
    2026-11-16T15:00-06:00 | standard-debit  | 2026-11-16T16:00-06:00 | 2026-11-19T07:30-06:00 | Monday to Thursday
    2026-11-17T15:00-06:00 | standard-debit  | 2026-11-17T16:00-06:00 | 2026-11-20T07:30-06:00 | Tuesday to Friday
    2026-11-18T15:00-06:00 | standard-debit  | 2026-11-18T16:00-06:00 | 2026-11-23T07:30-06:00 | Wednesday to Monday
    2026-11-19T15:00-06:00 | standard-debit  | 2026-11-19T16:00-06:00 | 2026-11-24T07:30-06:00 | Thursday to Tuesday
    2026-11-20T15:00-06:00 | standard-debit  | 2026-11-20T16:00-06:00 | 2026-11-25T07:30-06:00 | Friday to Wednesday
    2026-11-20T16:00-06:00 | standard-debit  | 2026-11-20T16:00-06:00 | 2026-11-25T07:30-06:00 | at the cut-off, still
    2026-11-20T16:00:00.001-06:00 | standard-debit | 2026-11-23T16:00-06:00 | 2026-11-27T07:30-06:00 | after it, and over Thanksgiving
    2026-11-21T10:00-06:00 | standard-credit | 2026-11-23T16:00-06:00 | 2026-11-24T07:30-06:00 | made on a Saturday
    2026-11-25T15:00-06:00 | standard-credit | 2026-11-25T16:00-06:00 | 2026-11-27T07:30-06:00 | the day before Thanksgiving
    2026-12-24T23:00-06:00 | standard-credit | 2026-12-28T16:00-06:00 | 2026-12-29T07:30-06:00 | Christmas on a Friday
    2027-07-02T15:00-05:00 | standard-credit | 2027-07-02T16:00-05:00 | 2027-07-06T07:30-05:00 | the Fourth on a Sunday is kept on Monday
    2027-12-31T15:00-06:00 | standard-credit | 2027-12-31T16:00-06:00 | 2028-01-03T07:30-06:00 | New Year on a Saturday closes no Friday
    2026-03-06T15:00-06:00 | standard-credit | 2026-03-06T16:00-06:00 | 2026-03-09T07:30-05:00 | over the change to summer time
    2026-10-30T15:00-05:00 | standard-credit | 2026-10-30T16:00-05:00 | 2026-11-02T07:30-06:00 | over the change back
    2026-11-17T09:00-06:00 | same-day        | 2026-11-17T09:00-06:00 | 2026-11-17T11:30-06:00 | first window
    2026-11-17T09:00:00.001-06:00 | same-day | 2026-11-17T13:00-06:00 | 2026-11-17T17:00-06:00 | second window
    2026-11-17T15:00-06:00 | same-day        | 2026-11-17T15:00-06:00 | 2026-11-17T17:00-06:00 | third window
    2026-11-17T15:00:01-06:00 | same-day     | 2026-11-18T09:00-06:00 | 2026-11-18T11:30-06:00 | rolls to the next day
    2026-11-25T16:00-06:00 | same-day        | 2026-11-27T09:00-06:00 | 2026-11-27T11:30-06:00 | over Thanksgiving
    `,
  )
  for (const { made, speed, exported, settles, why } of rows) {
    const { exportsAt, settlesAt } = scheduleOf(speed as Speed, new Date(made))
    assert.deepEqual([exportsAt, settlesAt], [new Date(exported), new Date(settles)], `${made} ${speed}: ${why}`)
  }
})
