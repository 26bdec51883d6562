import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRoutingNumber } from './routing-number.ts'

describe('a routing number', () => {
  it('is nine digits with a sound check digit, in a range of banks', () => {
    const numbers = `
      222222226 yes
      021000021 yes
      011401533 yes
      091000019 yes
      121000248 yes
      322271627 yes
      129999992 no
      222222225 no
      022000021 no
      120000003 yes
      130000006 no
      200000004 no
      210000007 yes
      320000007 yes
      330000000 no
      610000005 no
      000000000 no
      22222222  no
      2222222260 no
      22222222٦ no
      22222222a no
    `
    const rows = numbers.trim().split('\n')
    for (const row of rows) {
      const [number = '', answer] = row.trim().split(/\s+/)
      assert.equal(isRoutingNumber(number), answer === 'yes', number)
    }
    for (const text of ['', ' 222222226', '222222226\n', '+22222226', '2222 2226']) assert.ok(!isRoutingNumber(text))
  })

  it('is never one with one other digit, nor with two that stand side by side swapped, unless they differ by five', () => {
    const known = fc.constantFrom('222222226', '021000021', '121000248', '322271627')
    fc.assert(
      fc.property(known, fc.nat(8), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const digits = [...number].map(Number)
        const changed = digits.map((digit, index) => (index === at ? (digit + by) % 10 : digit)).join('')
        assert.equal(isRoutingNumber(changed), false, changed)
        const [one = 0, other = 0] = digits.slice(at, at + 2)
        const swapped = [...digits.slice(0, at), other, one, ...digits.slice(at + 2)].slice(0, 9).join('')
        if (at < 8 && (one - other) % 5 !== 0) assert.equal(isRoutingNumber(swapped), false, swapped)
      }),
    )
  })
})
