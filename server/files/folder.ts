/**
 * Files in a folder, which several servers may share: new ones in `incoming`, the others in a folder an account. What
 * is left in `incoming` is found by looking there alone, however many files there are.
 */
import { accessSync, constants, createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, makeFolder } from '../data-folder.ts'
import { StartError } from '../start-error.ts'
import type { FilePlace, FileStorage } from './storage.ts'

const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT'

const unlessMissing = (error: unknown): null => {
  if (isMissing(error)) return null
  throw error
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

const writeAll = async (handle: FileHandle, content: AsyncIterable<Uint8Array>): Promise<void> => {
  try {
    for await (const bytes of content) await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The bytes of the first of these files that is there. */
async function* firstOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    const handle = await open(path, 'r').catch(unlessMissing)
    if (handle) return yield* createReadStream(path, { fd: handle, highWaterMark: 64 * 1024 })
  }
  throw new Error('a file that a row tells of is not where files are kept')
}

/** @throws StartError when files cannot be written there */
export const openFileFolder = (folder: string): FileStorage => {
  const incoming = join(folder, 'incoming')
  try {
    makeFolder(incoming, 0o700)
    accessSync(incoming, constants.W_OK | constants.X_OK)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `cannot keep documents in ${folder} (${why}): make it writable, or name another with CLEARYARD_DOCUMENTS`,
    )
  }
  const arrived = ({ accountId, id }: FilePlace) => join(incoming, `${accountId}_${id}`)
  const kept = ({ accountId, id }: FilePlace) => join(folder, accountId, id)

  return {
    put: async (place, content) => {
      const path = arrived(place)
      const handle = await open(path, 'wx', 0o600)
      try {
        await writeAll(handle, content)
        await syncFolder(incoming)
      } catch (error) {
        await rm(path, { force: true })
        throw error
      }
    },
    keep: async (place) => {
      await mkdir(join(folder, place.accountId), { recursive: true, mode: 0o700 })
      await rename(arrived(place), kept(place)).catch(unlessMissing)
    },
    // looked for where it arrives last, too: it may be kept between the first look and the second
    open: (place) => firstOf([kept(place), arrived(place), kept(place)]),
    remove: async (place) => {
      for (const path of [arrived(place), kept(place)]) await rm(path, { force: true })
    },
    listAbandoned: async (beforeMs) => {
      const found: FilePlace[] = []
      for (const name of await readdir(incoming)) {
        const [accountId, id] = name.split('_')
        const status = await stat(join(incoming, name)).catch(unlessMissing)
        if (accountId && id && status && status.mtimeMs < beforeMs) found.push({ accountId, id })
      }
      return found
    },
  }
}
