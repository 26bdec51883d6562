import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { rounds } from '../testing/rounds.ts'
import { newFileKey, openFile, sealFile } from './sealed-file.ts'
import type { FilePlace } from './storage.ts'

const chunk = 64 * 1024
const sealedChunk = chunk + 16

/** The bytes in pieces of any sizes. */
async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

const place: FilePlace = { accountId: randomUUID(), id: randomUUID() }

const sealed = async (key: Buffer, content: Buffer, sizes: readonly number[] = [content.length || 1]) =>
  Buffer.concat(await Array.fromAsync(sealFile(key, place, pieces(content, sizes))))

const opened = async (key: Buffer, bytes: Buffer, where = place, sizes: readonly number[] = [bytes.length || 1]) =>
  Buffer.concat(await Array.fromAsync(openFile(key, where, pieces(bytes, sizes))))

test('content of any length, in pieces of any sizes, comes out as it went in', async () => {
  const around = [0, 1, chunk].flatMap((length) => [length - 1, length, length + 1]).filter((length) => length >= 0)
  const length = fc.oneof(fc.constantFrom(...around, 2 * chunk, 3 * chunk + 1), fc.nat(4 * chunk))
  const sizes = fc.array(fc.integer({ min: 1, max: 2 * chunk }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(length, sizes, sizes, async (bytes, into, out) => {
      const [key, content] = [newFileKey(), randomBytes(bytes)]
      const whole = await sealed(
        key,
        content,
        into.map((size) => Math.max(size, bytes >> 8)),
      )
      assert.equal(whole.length, bytes + 16 * Math.max(1, Math.ceil(bytes / chunk)))
      assert.ok(
        (
          await opened(
            key,
            whole,
            place,
            out.map((size) => Math.max(size, bytes >> 8)),
          )
        ).equals(content),
      )
    }),
    { numRuns: rounds(100) },
  )
})

test('a file that was cut off, lengthened, reordered or changed anywhere does not open', async () => {
  const key = newFileKey()
  const content = randomBytes(3 * chunk + 100)
  const whole = await sealed(key, content)
  const at = (n: number) => whole.subarray(n * sealedChunk, (n + 1) * sealedChunk)
  const other = await sealed(newFileKey(), content)
  const flipped = (position: number) => {
    const bytes = Buffer.from(whole)
    bytes[position] = (bytes[position] ?? 0) ^ 1
    return bytes
  }
  const damaged: { [how: string]: Buffer } = {
    'nothing left of it': Buffer.alloc(0),
    'cut off in the tag': whole.subarray(0, whole.length - 1),
    'cut off in a chunk': whole.subarray(0, sealedChunk + 1000),
    'cut off after each chunk but the last: 1': whole.subarray(0, sealedChunk),
    'cut off after each chunk but the last: 2': whole.subarray(0, 2 * sealedChunk),
    'cut off after each chunk but the last: 3': whole.subarray(0, 3 * sealedChunk),
    'without its beginning': whole.subarray(sealedChunk),
    'without its middle': Buffer.concat([at(0), at(2), at(3)]),
    'two chunks swapped': Buffer.concat([at(1), at(0), at(2), at(3)]),
    'a chunk twice': Buffer.concat([at(0), at(0), at(1), at(2), at(3)]),
    'more after its end': Buffer.concat([whole, Buffer.of(0)]),
    'itself after its end': Buffer.concat([whole, whole]),
    'a chunk of another file': Buffer.concat([at(0), other.subarray(sealedChunk, 2 * sealedChunk), at(2), at(3)]),
    ...Object.fromEntries([0, sealedChunk - 1, sealedChunk, whole.length - 1].map((n) => [`bit ${n}`, flipped(n)])),
  }
  for (const [how, bytes] of Object.entries(damaged)) await assert.rejects(opened(key, bytes), /does not open/, how)
  assert.ok((await opened(key, whole)).equals(content))
})

test('nothing is given out that was not sealed there: what comes before the damage is the beginning of the file', async () => {
  const key = newFileKey()
  const content = randomBytes(2 * chunk)
  const whole = await sealed(key, content)
  whole[sealedChunk] = (whole[sealedChunk] ?? 0) ^ 1
  const given: Uint8Array[] = []
  await assert.rejects(async () => {
    for await (const bytes of openFile(key, place, pieces(whole, [1000]))) given.push(bytes)
  })
  assert.ok(Buffer.concat(given).equals(content.subarray(0, chunk)))
})

test('a file opens with its own key and in its own place alone', async () => {
  const key = newFileKey()
  const whole = await sealed(key, Buffer.from('content'))
  await assert.rejects(opened(newFileKey(), whole), /does not open/)
  for (const elsewhere of [
    { ...place, id: randomUUID() },
    { ...place, accountId: randomUUID() },
  ])
    await assert.rejects(opened(key, whole, elsewhere), /does not open/)
  assert.notDeepEqual(newFileKey(), newFileKey())
  assert.equal(newFileKey().length, 32)
})
