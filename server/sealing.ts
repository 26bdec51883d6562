/**
 * Sealing: AES-256-GCM under a ring of named keys, one derived key a purpose, so that nothing sealed for one purpose
 * opens for another; and keyed digests for what must be compared without being readable. Nonces come from the system's
 * random source, never from `Ctx`.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { randomBytes } from './random.ts'

export type SealKey = { id: string; key: Buffer }

/** What a thing is sealed for; part of the derived key. */
export type SealPurpose = 'application-token' | 'client-token' | 'idempotent-answer' | 'column' | 'check'

/** What a digest is for; part of the derived key. */
export type IndexPurpose = 'application-secret' | 'default-credentials' | 'operator-token' | 'check'

export type Sealer = {
  /** `associated` binds the sealed bytes to their place: they open with the same words only. */
  seal(purpose: SealPurpose, associated: string, plain: Uint8Array): Buffer
  /** The plain bytes, or null when they were not sealed by a key of this ring for this purpose and place. */
  open(purpose: SealPurpose, associated: string, sealed: Uint8Array): Buffer | null
  /** HMAC-SHA256 under the index key, which is never rotated. */
  digest(purpose: IndexPurpose, value: string): Buffer
}

const nonceBytes = 12
const tagBytes = 16

/** How many bytes there were before they were sealed. */
export const plainLengthOf = (sealed: Uint8Array): number =>
  sealed.length - 1 - (sealed[0] ?? 0) - nonceBytes - tagBytes

const derived = (key: Buffer, info: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', info, 32))

/**
 * @param ring the first key seals, every key opens; ids are at most 255 bytes of UTF-8
 * @param indexKey 32 bytes
 */
export const createSealer = (ring: readonly [SealKey, ...SealKey[]], indexKey: Buffer): Sealer => {
  const derivedKeys = new Map<string, Buffer>()
  const keyFor = (sealKey: SealKey, purpose: SealPurpose): Buffer => {
    const name = `${purpose} ${sealKey.id}`
    const known = derivedKeys.get(name) ?? derived(sealKey.key, `clearyard seal ${purpose}`)
    derivedKeys.set(name, known)
    return known
  }
  const indexKeys = new Map<IndexPurpose, Buffer>()
  const indexKeyFor = (purpose: IndexPurpose): Buffer => {
    const known = indexKeys.get(purpose) ?? derived(indexKey, `clearyard index ${purpose}`)
    indexKeys.set(purpose, known)
    return known
  }

  return {
    seal(purpose, associated, plain) {
      const id = Buffer.from(ring[0].id)
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyFor(ring[0], purpose), nonce)
      cipher.setAAD(Buffer.from(associated))
      const hidden = cipher.update(plain)
      cipher.final()
      return Buffer.concat([Buffer.of(id.length), id, nonce, hidden, cipher.getAuthTag()])
    },
    open(purpose, associated, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const nonceAt = 1 + (bytes[0] ?? 0)
      if (bytes.length < nonceAt + nonceBytes + tagBytes) return null
      const sealKey = ring.find((key) => key.id === bytes.toString('utf8', 1, nonceAt))
      if (!sealKey) return null
      const hiddenAt = nonceAt + nonceBytes
      const decipher = createDecipheriv('aes-256-gcm', keyFor(sealKey, purpose), bytes.subarray(nonceAt, hiddenAt), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(associated))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      const plain = decipher.update(bytes.subarray(hiddenAt, -tagBytes))
      try {
        decipher.final()
        return plain
      } catch {
        return null
      }
    },
    digest: (purpose, value) => createHmac('sha256', indexKeyFor(purpose)).update(value).digest(),
  }
}
