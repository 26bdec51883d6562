/** The keys of an installation: read from text, or made once and kept in the data folder. */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { folderRefused, openDataFolder, readOrMakeSecretFile, writeSecretFile } from './data-folder.ts'
import type { SealKey, SealRing } from './sealing.ts'
import { StartError } from './start-error.ts'

export type Keys = {
  sealKeys: SealRing
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

/** What the file holds. While a rotation is under way, or was interrupted, the first key is the one it made. */
type KeptKeys = Keys & { rotating: boolean }

const draw = (): Buffer => randomBytes(keyBytes)

const textOf = ({ sealKeys, indexKey, rotating }: KeptKeys): string => {
  const kept = {
    sealKeys: sealKeys.map(({ id, key }) => ({ id, key: key.toString('base64') })),
    indexKey: indexKey.toString('base64'),
    ...(rotating ? { rotating } : {}),
  }
  return `${JSON.stringify(kept, null, 2)}\n`
}

const make = (): string => textOf({ sealKeys: [{ id: '1', key: draw() }], indexKey: draw(), rotating: false })

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const parse = (text: string): KeptKeys | null => {
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
  return first && indexKey ? { sealKeys: [first, ...others], indexKey, rotating: kept['rotating'] === true } : null
}

const keptIn = (path: string, text: string): KeptKeys => {
  const kept = parse(text)
  if (kept) return kept
  throw new StartError(
    `the keys in ${path} are damaged: put the file back from a copy, without it nothing sealed opens`,
  )
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
  const { sealKeys, indexKey } = keptIn(path, text)
  return { sealKeys, indexKey }
}

const loadKept = (dataFolder: string): KeptKeys => {
  const path = join(dataFolder, fileName)
  return keptIn(path, readFileSync(path, 'utf8'))
}

/** The longest that a process which follows the keys of a data folder goes on with those of before. */
export const followedWithinMs = 500

/**
 * The seal keys of a data folder as they are from now on: asked for, it looks at the file when it has not done so for
 * `followedWithinMs`. What cannot be read changes nothing; the next start says what is wrong with it.
 */
export const followSealKeys = (dataFolder: string, loaded: SealRing): (() => SealRing) => {
  const path = join(dataFolder, fileName)
  const stamp = (): string => {
    const { ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return [ino, mtimeNs, ctimeNs].join()
  }
  let ring = loaded
  let seen = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (now - lookedAt < followedWithinMs) return ring
    lookedAt = now
    try {
      const found = stamp()
      if (found !== seen) ring = parse(readFileSync(path, 'utf8'))?.sealKeys ?? ring
      seen = found
    } catch {}
    return ring
  }
}

const nextId = (ring: SealRing): string => {
  const numbers = ring.map(({ id }) => Number(id)).filter(Number.isSafeInteger)
  return String(Math.max(0, ...numbers) + 1)
}

/**
 * Puts a new key first, unless a rotation that was interrupted did: then that one is gone on with. One rotation at a
 * time may be between this and `endKeyRotation`.
 */
export const beginKeyRotation = (dataFolder: string): void => {
  const { sealKeys, indexKey, rotating } = loadKept(dataFolder)
  if (rotating) return
  const key = { id: nextId(sealKeys), key: draw() }
  writeSecretFile(join(dataFolder, fileName), textOf({ sealKeys: [key, ...sealKeys], indexKey, rotating: true }))
}

/**
 * Takes out what is of no more use once everything is sealed with the first key. The one before it stays until the next
 * rotation: it opens the tokens that were made with it, and what a write that was under way all the time sealed with
 * it.
 * @returns the ids of the keys that stay and of those that are gone
 */
export const endKeyRotation = (dataFolder: string): { kept: string[]; gone: string[] } => {
  const { sealKeys, indexKey } = loadKept(dataFolder)
  const [first, before, ...gone] = sealKeys
  const stay: SealRing = before ? [first, before] : [first]
  writeSecretFile(join(dataFolder, fileName), textOf({ sealKeys: stay, indexKey, rotating: false }))
  return { kept: stay.map(({ id }) => id), gone: gone.map(({ id }) => id) }
}
