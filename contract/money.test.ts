/** Which amounts are read, as how many cents, and how cents are written. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkAmount, moneyOf, parseCents } from './money.ts'

/** Cells of a table: an amount as JSON, and its cents or `refused`. */
const amounts = `
"10.00"                    | 1000
"10"                       | 1000
"10.5"                     | 1050
"0.01"                     | 1
"0.10"                     | 10
"5000"                     | 500000
"999999999999.99"          | 99999999999999
10                         | 1000
10.5                       | 1050
0.01                       | 1
0.1                        | 10
999999999999.99            | 99999999999999
0.30000000000000004        | 30
1.005                      | 100
1.015                      | 102
"0.005"                    | refused
"0.0051"                   | 1
"0.015"                    | 2
"0.025"                    | 2
"0.0250"                   | 2
"0.025000000000000001"     | 3
"0.02499999999999999999"   | 2
"1.995"                    | 200
"9.999"                    | 1000
"1e3"                      | refused
"1E3"                      | refused
"0.001"                    | refused
"-1"                       | refused
"-0"                       | refused
"0"                        | refused
"0.00"                     | refused
"+5"                       | refused
" 5"                       | refused
"5 "                       | refused
"5\\n"                     | refused
"\\t5"                     | refused
"5."                       | refused
".5"                       | refused
"."                        | refused
"05.00"                    | refused
"00"                       | refused
"00.5"                     | refused
"1,000.00"                 | refused
"10,00"                    | refused
"1.000.00"                 | refused
"0x10"                     | refused
"0b1"                      | refused
"NaN"                      | refused
"Infinity"                 | refused
"９.00"                    | refused
"٣"                        | refused
"1_000"                    | refused
"$5"                       | refused
"5 USD"                    | refused
"5.00\\u200b"              | refused
"5.00\\u0000"              | refused
"1000000000000000000000000000000" | refused
"1000000000000"            | refused
"0.000000000000000000001"  | refused
""                         | refused
" "                        | refused
"true"                     | refused
1e30                       | refused
1e-7                       | refused
1000000000000              | refused
12345678901234567890       | refused
-1                         | refused
-0.01                      | refused
0                          | refused
0.001                      | refused
-0                         | refused
true                       | refused
null                       | refused
["5.00"]                   | refused
{"value":"5.00"}           | refused
`

const cellsOf = (line: string) => line.split(' | ').map((cell) => cell.trim())

test('an amount is read as its cents, or not at all', () => {
  const lines = amounts.split('\n').filter((line) => line !== '')
  assert.equal(lines.length, 75)
  for (const [given = '', expected = ''] of lines.map(cellsOf))
    assert.equal(String(parseCents(JSON.parse(given)) ?? 'refused'), expected, given)
  for (const given of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 5n, new String('5'), Object(5), () => '5'])
    assert.equal(parseCents(given), null)
})

test('whatever is sent is read or refused, and never more', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (anything, text) => {
      for (const given of [anything, text]) {
        const cents = parseCents(given)
        assert.ok(cents === null || cents > 0n)
        const { cents: checked, errors } = checkAmount('amount', given)
        assert.equal(checked === null, errors.length > 0)
      }
    }),
  )
})

test('cents are written with two decimals, and read back as the same', () => {
  const written = { 1: '0.01', 9: '0.09', 10: '0.10', 99: '0.99', 100: '1.00', 500000: '5000.00', 12345: '123.45' }
  for (const [cents, value] of Object.entries(written))
    assert.deepEqual(moneyOf(BigInt(cents)), { value, currency: 'USD' })
  assert.equal(moneyOf(0n).value, '0.00')
  assert.equal(moneyOf(-5n).value, '-0.05')
  assert.equal(moneyOf(-100_000n).value, '-1000.00')
  fc.assert(
    fc.property(fc.bigInt(1n, 99_999_999_999_999n), (cents) => {
      assert.equal(parseCents(moneyOf(cents).value), cents)
    }),
  )
})

describe('an amount of a request', () => {
  const verdict = (given: unknown, at = ''): string => {
    const { cents, errors } = checkAmount('amount', given, { at })
    return errors.length > 0 ? errors.map((e) => `${e.path} ${e.code} ${e.message}`).join(' + ') : String(cents)
  }

  test('is its cents', () => {
    assert.equal(verdict({ value: '10.00', currency: 'USD' }), '1000')
    assert.equal(verdict({ value: 10.5, currency: 'usd', more: true }), '1050')
  })

  test('is wrong where it is wrong, all of it at once', () => {
    const [noNumber, noCurrency] = [
      '/amount/value InvalidFormat Invalid amount. The supplied amount must be a positive number.',
      '/amount/currency Invalid Currency invalid.',
    ]
    for (const absent of [undefined, null, '', ' ']) assert.equal(verdict(absent), '/amount Required Amount required.')
    for (const other of ['10.00', 10, true]) assert.equal(verdict(other), '/amount Invalid Invalid amount.')
    const empty = '/amount/value Required Value required. + /amount/currency Required Currency required.'
    for (const none of [{}, [], { value: '', currency: null }]) assert.equal(verdict(none), empty)
    for (const value of ['-1', '0', 'ten', {}, [], true])
      assert.equal(verdict({ value, currency: 'USD' }), noNumber, JSON.stringify(value))
    for (const currency of ['EUR', 'US', 'uſd', 'USD ', 5, {}, ['USD']])
      assert.equal(verdict({ value: '1', currency }), noCurrency, JSON.stringify(currency))
    assert.equal(verdict({ value: 'x', currency: 'EUR' }), `${noNumber} + ${noCurrency}`)
    assert.equal(verdict({ value: '1' }, '/items/3'), '/items/3/amount/currency Required Currency required.')
  })
})
