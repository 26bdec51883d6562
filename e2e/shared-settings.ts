/** What servers on one database have in common. */
import { randomBytes } from 'node:crypto'
import type { DatabaseUrls } from '../server/testing/database.ts'

const newKey = (): string => randomBytes(32).toString('hex')

export const sharedSettings = ({ url, ownerUrl }: DatabaseUrls): Record<string, string> => ({
  DATABASE_URL: url,
  DATABASE_OWNER_URL: ownerUrl,
  CLEARYARD_SEAL_KEYS: `first:${newKey()}`,
  CLEARYARD_INDEX_KEY: newKey(),
})
