/** The data folder: what an installation without settings keeps on disk. Its files are secrets, so all are 0600. */
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from './start-error.ts'

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What to tell when the system refuses work in `folder`; anything else is passed on as it is. */
export const folderRefused = (folder: string, error: unknown): Error => {
  if (error instanceof StartError) return error
  const code = errnoOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StartError(
      `no space left for the data folder ${folder} (${messageOf(error)}): free some and start again`,
    )
  if (code === undefined) return error instanceof Error ? error : new Error(String(error))
  return new StartError(
    `cannot use the data folder ${folder} (${messageOf(error)}): make it writable, or name another with CLEARYARD_DATA`,
  )
}

/**
 * `mkdir -p`; Node's own does not come back from a place that denies having a folder which is there, such as /proc.
 * @returns whether it was not there
 */
export const makeFolder = (folder: string, mode: number): boolean => {
  if (existsSync(folder)) return false
  makeFolder(dirname(folder), mode)
  try {
    mkdirSync(folder, { mode })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Makes sure that `folder` is there and writable. Root's is made so that others may pass through it (an empty one too,
 * as `mktemp -d` makes them), because PostgreSQL refuses to run as root and lives in there as another user; its files
 * stay closed to them.
 */
export const openDataFolder = (folder: string): void => {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    const made = makeFolder(folder, mode)
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (made || readdirSync(folder).length === 0) chmodSync(folder, mode)
  } catch (error) {
    throw folderRefused(folder, error)
  }
}

const syncFolder = (folder: string) => {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const writeDraft = (path: string, text: string): string => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  return draft
}

/** Replaces the file as a whole and durably: after a crash it has the old text or the new one. */
export const writeSecretFile = (path: string, text: string): void => {
  renameSync(writeDraft(path, text), path)
  syncFolder(dirname(path))
}

/** The text of the file; when there is none, makes it durably from `make`. Of several makers at once one wins. */
export const readOrMakeSecretFile = (path: string, make: () => string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  const draft = writeDraft(path, make())
  try {
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
}
