import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textTable } from '../testing/text-table.ts'
import type { BankLeg } from './rail.ts'
import { returnCodes } from './return-codes.ts'
import { simulator } from './simulator.ts'

test('the name of a funding source says what its bank does', () => {
  const rows = textTable(
    ['name', 'debit', 'credit'],
    `
    Jane’s Checking | settles                 | settles
    R01             | fails R01               | settles
    r01             | fails R01               | settles
    R01-late        | settles, returns R01    | settles
    R03             | fails R03               | fails R03
    R03-late        | settles, returns R03    | settles, returns R03
    R03-LATE        | settles, returns R03    | settles, returns R03
    R23             | settles                 | fails R23
    R16             | fails R16               | fails R16
    R10-late        | settles, returns R10    | settles
    R99             | settles                 | settles
    R01 late        | settles                 | settles
    XR01            | settles                 | settles
    R01-later       | settles                 | settles
    `,
  )
  const said = (direction: BankLeg['direction'], bankName: string): string => {
    const outcome = simulator.outcome({ direction, bankName, speed: 'standard-debit' })
    if (!outcome.settles) return `fails ${outcome.code}`
    return outcome.returnsWith ? `settles, returns ${outcome.returnsWith}` : 'settles'
  }
  for (const { name, debit, credit } of rows)
    assert.deepEqual([said('debit', name), said('credit', name)], [debit, credit], name)
})

test('each code has the effects that Dwolla lists', () => {
  const rows = textTable(
    ['code', 'customer', 'unverified', 'removed', 'blocked'],
    `
    R01 | –           | – | – | –
    R02 | –           | Y | Y | –
    R03 | –           | Y | Y | –
    R04 | –           | Y | Y | –
    R05 | suspended   | Y | Y | Y
    R06 | suspended   | Y | Y | Y
    R07 | deactivated | Y | Y | –
    R08 | –           | Y | Y | –
    R09 | –           | – | – | –
    R10 | suspended   | Y | Y | Y
    R11 | deactivated | Y | Y | –
    R12 | –           | – | Y | –
    R13 | –           | Y | Y | Y
    R14 | suspended   | – | Y | –
    R15 | suspended   | Y | Y | Y
    R16 | suspended   | Y | Y | Y
    R17 | suspended   | Y | Y | Y
    R20 | –           | – | Y | Y
    R22 | –           | Y | – | –
    R23 | –           | Y | Y | –
    R29 | suspended   | Y | Y | Y
    R31 | suspended   | Y | Y | Y
    R37 | –           | – | Y | –
    R38 | suspended   | Y | Y | Y
    R51 | suspended   | Y | Y | Y
    `,
  )
  const mark = (is: boolean): string => (is ? 'Y' : '–')
  const listed = Object.entries(returnCodes).map(([code, { customer, unverifies, removes, blocks }]) => ({
    code,
    customer: customer ?? '–',
    unverified: mark(unverifies),
    removed: mark(removes),
    blocked: mark(blocks),
  }))
  assert.deepEqual(listed, rows)
})
