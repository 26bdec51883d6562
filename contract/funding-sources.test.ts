import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bankAccountTypes, checkBank } from './funding-sources.ts'
import { checkDeposits } from './micro-deposits.ts'

const whole = { routingNumber: '222222226', accountNumber: '123456789', bankAccountType: 'checking', name: 'Jane’s' }

type Found = readonly { code: string; path: string; message: string }[]
const said = (errors: Found): string =>
  errors.map(({ code, path, message }) => `${code} ${path} ${message}`).join(' + ')

const cases = (table: string): [change: object, expected: string][] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [change = '', expected = ''] = line.split('|').map((cell) => cell.trim())
      return [JSON.parse(change), expected]
    })

describe('the body of a new bank', () => {
  const table = cases(String.raw`
    {}                                | 
    {"accountNumber":"1234"}          | 
    {"accountNumber":"12345678901234567"} | 
    {"bankAccountType":"savings"}     | 
    {"extra":"passed over"}           | 
    {"routingNumber":null}            | Required /routingNumber RoutingNumber required.
    {"routingNumber":"  "}            | Required /routingNumber RoutingNumber required.
    {"routingNumber":222222226}       | Invalid /routingNumber Routing number invalid.
    {"routingNumber":["222222226"]}   | Invalid /routingNumber Routing number invalid.
    {"routingNumber":"22222222"}      | InvalidFormat /routingNumber Routing number must be exactly 9 characters.
    {"routingNumber":"2222222260"}    | InvalidFormat /routingNumber Routing number must be exactly 9 characters.
    {"routingNumber":"222 22226"}     | Invalid /routingNumber Routing number invalid.
    {"routingNumber":"222222225"}     | Invalid /routingNumber Routing number invalid.
    {"routingNumber":"330000000"}     | Invalid /routingNumber Routing number invalid.
    {"routingNumber":"22222222\u0000"} | Invalid /routingNumber Routing number invalid.
    {"accountNumber":""}              | Required /accountNumber AccountNumber required.
    {"accountNumber":"123"}           | InvalidFormat /accountNumber AccountNumber invalid.
    {"accountNumber":"123456789012345678"} | InvalidFormat /accountNumber AccountNumber invalid.
    {"accountNumber":"1234-5678"}     | InvalidFormat /accountNumber AccountNumber invalid.
    {"accountNumber":"١٢٣٤"}          | InvalidFormat /accountNumber AccountNumber invalid.
    {"accountNumber":123456789}       | Invalid /accountNumber AccountNumber invalid.
    {"bankAccountType":null}          | Required /bankAccountType BankAccountType required.
    {"bankAccountType":"Checking"}    | Invalid /bankAccountType BankAccountType invalid.
    {"bankAccountType":"loan"}        | NotAllowed /bankAccountType BankAccountType value not allowed.
    {"bankAccountType":"general-ledger"} | NotAllowed /bankAccountType BankAccountType value not allowed.
    {"name":""}                       | Required /name Name required.
    {"name":{}}                       | Invalid /name Name invalid.
    {"routingNumber":"1","name":null} | InvalidFormat /routingNumber Routing number must be exactly 9 characters. + Required /name Name required.
  `)
  for (const [change, expected] of table)
    it(`${JSON.stringify(change)}: ${expected || 'is right'}`, () => {
      assert.equal(said(checkBank('create', { ...whole, ...change }, ['checking', 'savings']).errors), expected)
    })

  it('has a name of up to 50 characters', () => {
    const errorsOf = (name: string) => said(checkBank('create', { ...whole, name }, bankAccountTypes).errors)
    assert.equal(errorsOf('n'.repeat(50)), '')
    assert.equal(errorsOf('n'.repeat(51)), 'InvalidFormat /name Name must be 50 or fewer characters.')
  })

  it('gives what it says and nothing else', () => {
    assert.deepEqual(checkBank('create', { ...whole, verified: true }, bankAccountTypes), { value: whole, errors: [] })
    assert.deepEqual(checkBank('edit', { name: 'Other', removed: false }, []), { value: { name: 'Other' }, errors: [] })
  })

  it('is checked whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(whole), '__proto__', 'x'), fc.jsonValue()), (body) => {
        for (const kind of ['create', 'edit'] as const) {
          const { errors } = checkBank(kind, body, bankAccountTypes)
          assert.equal(new Set(errors.map(({ path }) => path)).size, errors.length, said(errors))
        }
      }),
    )
  })
})

describe('two amounts', () => {
  const table = cases(`
    {"amount1":{"value":"0.01","currency":"USD"},"amount2":{"value":"0.09","currency":"USD"}}   | 1 9
    {"amount1":{"value":"0.09","currency":"usd"},"amount2":{"value":0.02,"currency":"USD"}}     | 9 2
    {}                                                                                          | Required /amount1 Amount1 required. + Required /amount2 Amount2 required.
    {"amount1":null,"amount2":"0.01"}                                                           | Required /amount1 Amount1 required. + Invalid /amount2 Invalid amount.
    {"amount1":{"value":"0.10","currency":"USD"},"amount2":{"value":"0.01","currency":"USD"}}   | Invalid /amount1/value Invalid amount.
    {"amount1":{"value":"1","currency":"USD"},"amount2":{"value":"99999999999","currency":"USD"}} | Invalid /amount1/value Invalid amount. + Invalid /amount2/value Invalid amount.
    {"amount1":{"value":"0.00","currency":"USD"},"amount2":{"value":"-0.01","currency":"USD"}}  | Invalid /amount1/value Invalid amount. + Invalid /amount2/value Invalid amount.
    {"amount1":{"value":"x","currency":"USD"},"amount2":{"currency":"USD"}}                     | Invalid /amount1/value Invalid amount. + Required /amount2/value Value required.
    {"amount1":{"value":"0.01","currency":"EUR"},"amount2":{"value":"0.01"}}                    | Invalid /amount1/currency Currency invalid. + Required /amount2/currency Currency required.
  `)
  for (const [body, expected] of table)
    it(`${JSON.stringify(body)}: ${expected}`, () => {
      const { value, errors } = checkDeposits(body as Record<string, unknown>)
      assert.equal(value ? value.join(' ') : said(errors), expected)
    })
})
