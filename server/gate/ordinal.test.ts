import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeOrdinals } from './ordinal.ts'

test('ordinals are real microseconds, and greater than all that were taken before', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2100, 0) })
  const first = takeOrdinals(3)
  assert.equal(first, BigInt(Date.UTC(2100, 0)) * 1000n)
  assert.equal(takeOrdinals(1), first + 3n)
  t.mock.timers.setTime(Date.UTC(2099, 0))
  assert.equal(takeOrdinals(5000), first + 4n)
  t.mock.timers.setTime(Date.UTC(2100, 0) + 5)
  assert.equal(takeOrdinals(0), first + 5004n)
  t.mock.timers.setTime(Date.UTC(2100, 0) + 6)
  assert.equal(takeOrdinals(1), first + 6000n)
})
