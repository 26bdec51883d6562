/**
 * Sealing: AES-256-GCM under a ring of named keys, one derived key a purpose, so that nothing sealed for one purpose
 * opens for another; and keyed digests for what must be compared without being readable. Nonces come from the system's
 * random source, never from `Ctx`.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { randomBytes } from './random.ts'

export type SealKey = { id: string; key: Buffer }

/** The first one seals, every one opens. */
export type SealRing = readonly [SealKey, ...SealKey[]]

/** What a thing is sealed for; part of the derived key. */
export type SealPurpose = 'application-token' | 'client-token' | 'idempotent-answer' | 'column' | 'check'

/** What a digest is for; part of the derived key. */
export type IndexPurpose =
  | 'application-secret'
  | 'bank-account'
  | 'default-credentials'
  | 'operator-token'
  | 'document-content'
  | 'check'

export type Sealer = {
  /** `associated` binds the sealed bytes to their place: they open with the same words only. */
  seal(purpose: SealPurpose, associated: string, plain: Uint8Array): Buffer
  /** The plain bytes, or null when they were not sealed by a key of this ring for this purpose and place. */
  open(purpose: SealPurpose, associated: string, sealed: Uint8Array): Buffer | null
  /** The keys of now; the same array for as long as they are the same. */
  ring(): SealRing
  /** HMAC-SHA256 under the index key, which is never rotated. */
  digest(purpose: IndexPurpose, value: string): Buffer
}

const nonceBytes = 12
const tagBytes = 16

/** How many bytes there were before they were sealed. */
export const plainLengthOf = (sealed: Uint8Array): number =>
  sealed.length - 1 - (sealed[0] ?? 0) - nonceBytes - tagBytes

/** The first bytes of whatever a key of this name sealed. */
export const headerOf = (keyId: string): Buffer => {
  const id = Buffer.from(keyId)
  return Buffer.concat([Buffer.of(id.length), id])
}

/** The name of the key that sealed these bytes. */
export const keyIdOf = (sealed: Uint8Array): string => Buffer.from(sealed.subarray(1, 1 + (sealed[0] ?? 0))).toString()

const derived = (key: Buffer, info: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', info, 32))

/**
 * @param ring ids are at most 255 bytes of UTF-8; a function is asked each time, so that keys may come and go
 * @param indexKey 32 bytes
 */
export const createSealer = (ring: SealRing | (() => SealRing), indexKey: Buffer): Sealer => {
  const ringOf = typeof ring === 'function' ? ring : () => ring
  const derivedKeys = new WeakMap<SealKey, Map<SealPurpose, Buffer>>()
  const keyFor = (sealKey: SealKey, purpose: SealPurpose): Buffer => {
    const ofKey = derivedKeys.get(sealKey) ?? new Map<SealPurpose, Buffer>()
    derivedKeys.set(sealKey, ofKey)
    const known = ofKey.get(purpose) ?? derived(sealKey.key, `clearyard seal ${purpose}`)
    ofKey.set(purpose, known)
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
      const [first] = ringOf()
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyFor(first, purpose), nonce)
      cipher.setAAD(Buffer.from(associated))
      const hidden = cipher.update(plain)
      cipher.final()
      return Buffer.concat([headerOf(first.id), nonce, hidden, cipher.getAuthTag()])
    },
    open(purpose, associated, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const nonceAt = 1 + (bytes[0] ?? 0)
      if (bytes.length < nonceAt + nonceBytes + tagBytes) return null
      const sealKey = ringOf().find((key) => key.id === bytes.toString('utf8', 1, nonceAt))
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
    ring: ringOf,
    digest: (purpose, value) => createHmac('sha256', indexKeyFor(purpose)).update(value).digest(),
  }
}
