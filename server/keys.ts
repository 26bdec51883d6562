/** The keys of an installation: read from text, or made once and kept in the data folder. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { folderRefused, openDataFolder, readOrMakeSecretFile } from './data-folder.ts'
import type { SealKey } from './sealing.ts'
import { StartError } from './start-error.ts'

export type Keys = {
  /** The first one seals, every one opens. */
  sealKeys: readonly [SealKey, ...SealKey[]]
  /** 32 bytes; never rotated. */
  indexKey: Buffer
}

const keyBytes = 32
const fewestDifferentBytes = 8

/** 32 bytes from 64 hex digits or base64 (either alphabet, padded or not), or null when the text is neither. */
export const parseKey = (text: string): Buffer | null => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null
  return Buffer.from(text, 'base64')
}

/** A key that somebody typed, not drawn: random 32 bytes have fewer than 8 different values about never. */
export const isWeakKey = (key: Buffer): boolean => new Set(key).size < fewestDifferentBytes

const fileName = 'keys.json'

const make = (): string => {
  const draw = () => randomBytes(keyBytes).toString('base64')
  return `${JSON.stringify({ sealKeys: [{ id: '1', key: draw() }], indexKey: draw() }, null, 2)}\n`
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const parse = (text: string): Keys | null => {
  let kept: unknown
  try {
    kept = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(kept) || !Array.isArray(kept['sealKeys']) || typeof kept['indexKey'] !== 'string') return null
  const sealKeys: SealKey[] = []
  for (const entry of kept['sealKeys']) {
    if (!isRecord(entry) || typeof entry['id'] !== 'string' || typeof entry['key'] !== 'string') return null
    const key = parseKey(entry['key'])
    if (!key) return null
    sealKeys.push({ id: entry['id'], key })
  }
  const indexKey = parseKey(kept['indexKey'])
  const [first, ...others] = sealKeys
  return first && indexKey ? { sealKeys: [first, ...others], indexKey } : null
}

/**
 * The keys kept in the data folder, made there the first time.
 * @throws StartError when the folder cannot be used or the file is damaged
 */
export const loadOrMakeKeys = (dataFolder: string): Keys => {
  const path = join(dataFolder, fileName)
  openDataFolder(dataFolder)
  let text: string
  try {
    text = readOrMakeSecretFile(path, make)
  } catch (error) {
    throw folderRefused(dataFolder, error)
  }
  const keys = parse(text)
  if (!keys)
    throw new StartError(
      `the keys in ${path} are damaged: put the file back from a copy, without it nothing sealed opens`,
    )
  return keys
}
