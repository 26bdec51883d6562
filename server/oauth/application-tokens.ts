/**
 * Application access tokens: sealed, so that making one writes nothing. A token names the key it was made with and dies
 * with its secret; it lives by real time, because the official clients refresh by their own clocks.
 */
import { plainLengthOf, type Sealer } from '../sealing.ts'
import { uuidFrom } from '../uuid.ts'

export type ApplicationToken = { keyId: string; generation: number; expiresAtMs: number }

const bytes = 16 + 4 + 8

export const sealApplicationToken = (sealer: Sealer, token: ApplicationToken): string => {
  const plain = Buffer.alloc(bytes)
  plain.write(token.keyId.replaceAll('-', ''), 'hex')
  plain.writeUInt32BE(token.generation, 16)
  plain.writeBigUInt64BE(BigInt(token.expiresAtMs), 20)
  return sealer.seal('application-token', 'access', plain).toString('base64url')
}

/** What the token says, or null when it is not one of ours; whether it is still good is for the caller to see. */
export const openApplicationToken = (sealer: Sealer, sealed: Buffer): ApplicationToken | null => {
  // a client token is longer, and opening costs more than looking
  const plain = plainLengthOf(sealed) === bytes ? sealer.open('application-token', 'access', sealed) : null
  if (!plain) return null
  return {
    keyId: uuidFrom(plain),
    generation: plain.readUInt32BE(16),
    expiresAtMs: Number(plain.readBigUInt64BE(20)),
  }
}
