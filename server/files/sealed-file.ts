/**
 * Files as they are stored: AES-256-GCM in chunks, under a key that no other file has. Each chunk's nonce is its
 * position and whether it is the last, so that chunks which were moved, left out, cut off or added do not open (the
 * STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { randomBytes } from '../random.ts'
import type { FilePlace } from './storage.ts'

const chunkBytes = 64 * 1024
const tagBytes = 16

/** A key for one file: a nonce is used once under it because no second file is sealed with it. */
export const newFileKey = (): Buffer => randomBytes(32)

const nonceOf = (position: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(position, 7)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

const associatedWith = ({ accountId, id }: FilePlace): Buffer => Buffer.from(`${accountId}|files|${id}`)

type Chunk = { bytes: Buffer; position: number; isLast: boolean }

/** The content in pieces of one size but the last, which may be empty. */
async function* chunksOf(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Chunk> {
  let gathered: Uint8Array[] = []
  let length = 0
  let position = 0
  for await (const bytes of content) {
    gathered.push(bytes)
    length += bytes.length
    if (length <= size) continue
    let rest = Buffer.concat(gathered)
    for (; rest.length > size; rest = rest.subarray(size))
      yield { bytes: rest.subarray(0, size), position: position++, isLast: false }
    gathered = [rest]
    length = rest.length
  }
  yield { bytes: Buffer.concat(gathered), position, isLast: true }
}

/** Seals content as it comes. */
export async function* sealFile(
  key: Buffer,
  place: FilePlace,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes, position, isLast } of chunksOf(content, chunkBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(position, isLast))
    cipher.setAAD(associatedWith(place))
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

/**
 * Opens what was sealed, as it comes: every byte it gives was sealed for this place and position.
 * @throws Error when it was changed, cut off or moved, or is another file's
 */
export async function* openFile(
  key: Buffer,
  place: FilePlace,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes, position, isLast } of chunksOf(sealed, chunkBytes + tagBytes)) {
    if (bytes.length < tagBytes) throw damaged()
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(position, isLast), { authTagLength: tagBytes })
    decipher.setAAD(associatedWith(place))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const plain = decipher.update(bytes.subarray(0, -tagBytes))
    try {
      decipher.final()
    } catch {
      throw damaged()
    }
    yield plain
  }
}

const damaged = (): Error =>
  new Error('a file does not open: it was changed, cut off, or is not the one it was sealed as')
