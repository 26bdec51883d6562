/** What is sealed opens for its purpose, at its place, with a key of the ring, whole; and in no other way. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createSealer, type SealKey, type SealPurpose } from './sealing.ts'
import { rounds } from './testing/rounds.ts'

const key = (id: string): SealKey => ({ id, key: randomBytes(32) })
const indexKey = randomBytes(32)
const [first, second] = [key('first'), key('second')]
const sealer = createSealer([first], indexKey)
const purposes = ['application-token', 'client-token', 'idempotent-answer', 'check'] as const satisfies SealPurpose[]
const plain = Buffer.from('123-45-6789')

test('opens to what was sealed, whatever that was', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.of(0), plain, randomBytes(100_000)])
    for (const place of ['', 'a|b|c', 'é'.repeat(300)])
      for (const purpose of purposes)
        assert.deepEqual(sealer.open(purpose, place, sealer.seal(purpose, place, bytes)), bytes)
})

test('opens from a view into other bytes', () => {
  const sealed = sealer.seal('check', 'place', plain)
  const around = Buffer.concat([randomBytes(7), sealed, randomBytes(7)])
  assert.deepEqual(sealer.open('check', 'place', around.subarray(7, 7 + sealed.length)), plain)
  assert.deepEqual(sealer.open('check', 'place', new Uint8Array(sealed)), plain)
})

describe('does not open', () => {
  const sealed = sealer.seal('client-token', 'accounts|1|name', plain)
  const open = (bytes: Uint8Array) => sealer.open('client-token', 'accounts|1|name', bytes)

  test('with any bit of any byte changed', () => {
    assert.deepEqual(open(sealed), plain)
    for (let at = 0; at < sealed.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)
        assert.equal(open(changed), null, `byte ${at} bit ${bit}`)
      }
  })

  test('cut short, or with more at either end', () => {
    for (let length = 0; length < sealed.length; length++) assert.equal(open(sealed.subarray(0, length)), null)
    for (let start = 1; start <= sealed.length; start++) assert.equal(open(sealed.subarray(start)), null)
    assert.equal(open(Buffer.concat([sealed, Buffer.of(0)])), null)
    assert.equal(open(Buffer.concat([Buffer.of(0), sealed])), null)
  })

  test('when it is nothing, or noise', () => {
    assert.equal(open(Buffer.alloc(0)), null)
    for (let length = 1; length < 256; length++) {
      assert.equal(open(randomBytes(length)), null)
      assert.equal(open(Buffer.alloc(length)), null)
      assert.equal(open(Buffer.alloc(length, 255)), null)
    }
  })

  test('for another purpose', () => {
    for (const from of purposes)
      for (const to of purposes) {
        const opened = sealer.open(to, 'place', sealer.seal(from, 'place', plain))
        assert.deepEqual(opened, from === to ? plain : null, `${from} as ${to}`)
      }
  })

  test('at another place', () => {
    const places = ['accounts|1|name', 'accounts|2|name', 'accounts|1|email', 'accounts|1', '', 'accounts|1|name|']
    for (const from of places)
      for (const to of places) {
        const opened = sealer.open('check', to, sealer.seal('check', from, plain))
        assert.deepEqual(opened, from === to ? plain : null, `${from} at ${to}`)
      }
  })

  test('with another key, by another name or by the same', () => {
    assert.equal(createSealer([second], indexKey).open('client-token', 'accounts|1|name', sealed), null)
    const namesake = { id: first.id, key: randomBytes(32) }
    assert.equal(createSealer([namesake], indexKey).open('client-token', 'accounts|1|name', sealed), null)
    const renamed = { id: 'renamed', key: first.key }
    assert.equal(createSealer([renamed], indexKey).open('client-token', 'accounts|1|name', sealed), null)
  })
})

test('keys rotate: the first of the ring seals, every one opens, and one taken out opens no more', () => {
  const old = sealer.seal('check', 'place', plain)
  const rotated = createSealer([second, first], indexKey)
  assert.deepEqual(rotated.open('check', 'place', old), plain)
  const renewed = rotated.seal('check', 'place', plain)
  assert.deepEqual(rotated.open('check', 'place', renewed), plain)
  assert.equal(sealer.open('check', 'place', renewed), null)
  const afterwards = createSealer([second], indexKey)
  assert.deepEqual(afterwards.open('check', 'place', renewed), plain)
  assert.equal(afterwards.open('check', 'place', old), null)
})

test('keys are told apart by their whole names, in any script and up to 255 bytes', () => {
  const ring = ['1', '11', 'é', 'k'.repeat(255)].map(key)
  for (const one of ring) {
    const sealed = createSealer([one], indexKey).seal('check', 'place', plain)
    for (const other of ring) {
      const opened = createSealer([other], indexKey).open('check', 'place', sealed)
      assert.deepEqual(opened, one === other ? plain : null)
    }
    const [head, ...rest] = ring
    if (head) assert.deepEqual(createSealer([head, ...rest], indexKey).open('check', 'place', sealed), plain)
  }
})

test('nothing of the plain bytes shows, and the same bytes are never sealed alike', () => {
  const seen = new Set<string>()
  const times = rounds(10_000)
  for (let time = 0; time < times; time++) {
    const sealed = sealer.seal('check', 'place', plain)
    assert.equal(sealed.includes(plain.subarray(0, 4)), false)
    seen.add(sealed.subarray(6, 18).toString('hex'))
  }
  assert.equal(seen.size, times)
})

describe('a digest', () => {
  test('is the same for the same value, and shared by servers with the same index key, whatever seals', () => {
    const digest = sealer.digest('application-secret', 'value')
    assert.equal(digest.length, 32)
    assert.deepEqual(sealer.digest('application-secret', 'value'), digest)
    assert.deepEqual(createSealer([second], indexKey).digest('application-secret', 'value'), digest)
  })

  test('differs by value, by purpose and by index key', () => {
    const other = createSealer([first], randomBytes(32))
    const digests = [
      sealer.digest('application-secret', 'value'),
      sealer.digest('application-secret', 'value '),
      sealer.digest('application-secret', ''),
      sealer.digest('operator-token', 'value'),
      sealer.digest('default-credentials', 'value'),
      sealer.digest('check', 'value'),
      other.digest('application-secret', 'value'),
    ]
    assert.equal(new Set(digests.map((digest) => digest.toString('hex'))).size, digests.length)
  })
})
