/**
 * Keys and secrets of applications. A secret is kept as a keyed digest only; its text is answered once, when it is
 * made. Keys and secrets come from the system's random source.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sealer } from '../sealing.ts'
import { uuidFrom } from '../uuid.ts'
import type { NewKey } from '../worlds/operations.ts'

export type Credentials = { key: string; secret: string }

/** 50 letters and digits, as Dwolla's keys look. */
const credentialText = (random: Buffer): string => random.toString('base64').replace(/[+/=]/g, '').slice(0, 50)

export const makeCredentials = (): Credentials => ({
  key: credentialText(randomBytes(64)),
  secret: credentialText(randomBytes(64)),
})

/** The id of the row of a key: a key is looked up by it alone. */
export const keyId = (key: string): string => uuidFrom(createHash('sha256').update(`application key ${key}`).digest())

const secretHash = (sealer: Sealer, secret: string): Buffer => sealer.digest('application-secret', secret)

/** The row-to-be of a key. */
export const newKey = (sealer: Sealer, { key, secret }: Credentials): NewKey => ({
  id: keyId(key),
  key,
  secretHash: secretHash(sealer, secret),
})

export const isSecret = (sealer: Sealer, secret: string, hash: Buffer): boolean =>
  timingSafeEqual(secretHash(sealer, secret), hash)

/** The credentials of the default world of a database sealed with these keys: the same at every start. */
export const defaultCredentials = (sealer: Sealer): Credentials => {
  const text = (name: string) =>
    credentialText(Buffer.concat([1, 2].map((part) => sealer.digest('default-credentials', `${name} ${part}`))))
  return { key: text('key'), secret: text('secret') }
}
