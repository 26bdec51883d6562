import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes } from './random.ts'

test('gives as many bytes as asked for, none of them twice, and keeps none', () => {
  const seen = new Set<string>()
  for (let draw = 0; draw < 5000; draw++) {
    const count = 12 + (draw % 21)
    const bytes = randomBytes(count)
    assert.equal(bytes.length, count)
    seen.add(bytes.toString('hex', 0, 12))
    bytes.fill(0)
  }
  assert.equal(seen.size, 5000)
})

test('uses every value of a byte about as often', () => {
  const counts = new Array<number>(256).fill(0)
  for (let draw = 0; draw < 4000; draw++) for (const byte of randomBytes(64)) counts[byte] = (counts[byte] ?? 0) + 1
  // 1000 each; ten standard deviations are 316
  assert.ok(Math.min(...counts) > 684 && Math.max(...counts) < 1316, counts.join(' '))
})
