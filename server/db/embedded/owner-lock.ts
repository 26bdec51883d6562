/**
 * One Clearyard a data folder: a listening unix socket in it. The kernel lets go of it with the process, however that
 * ends, so no process number has to be guessed about. In the data folder and not under the temporary one: two processes
 * with different temporary folders would both get it, and the second would stop the first one's database.
 */
import { existsSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf, folderRefused } from '../../data-folder.ts'
import { StartError } from '../../start-error.ts'

export type OwnerLock = { release(): void }

const name = 'clearyard.lock'
const answerTimeoutMs = 1_000
const takeoverTimeoutMs = 2_000

/** Socket names are limited to about a hundred bytes, folders are not. Binding and closing happen within the call. */
const inFolder = <T>(folder: string, work: () => T): T => {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return work()
  } finally {
    process.chdir(before)
  }
}

const listen = (folder: string | null, path: string, server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    if (folder === null) server.listen(path)
    else inFolder(folder, () => server.listen(path))
  })

/** 'stale': nobody listens any more; 'gone': the name is free again; else the holder's pid, 0 when it does not say. */
const askHolder = (folder: string): Promise<'stale' | 'gone' | number> =>
  new Promise((resolve) => {
    let said = ''
    const socket = inFolder(folder, () => connect(name))
    const held = () => {
      socket.destroy()
      resolve(Number.parseInt(said, 10) || 0)
    }
    socket.setTimeout(answerTimeoutMs, held)
    socket.on('data', (bytes) => {
      said += bytes.toString()
    })
    socket.on('end', held)
    socket.on('error', (error) => {
      const code = errnoOf(error)
      if (code === 'ECONNREFUSED') resolve('stale')
      else if (code === 'ENOENT') resolve('gone')
      else held()
    })
  })

/**
 * Two processes that both find a stale socket must not both replace it. Where the kernel has names without files they
 * take turns by one; elsewhere the last to rename wins and a start at the very same moment is not told apart.
 */
const inTurn = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  if (process.platform !== 'linux') return work()
  const { dev, ino } = statSync(folder)
  const turn = createServer()
  const deadline = performance.now() + takeoverTimeoutMs
  let mine = false
  while (!mine && performance.now() < deadline) {
    try {
      await listen(null, `\0clearyard-${dev}-${ino}`, turn)
      mine = true
    } catch {
      await sleep(5)
    }
  }
  try {
    return await work()
  } finally {
    if (mine) turn.close()
  }
}

const acquire = async (folder: string): Promise<OwnerLock> => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(`${process.pid}\n`)
  })
  for (let asked = 0; ; asked++) {
    try {
      await listen(folder, name, server)
      break
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw error
    }
    const holder = await askHolder(folder)
    // one that is being killed may still take a call and say nothing: a moment later nobody takes it
    if (holder === 0 && asked < 10) {
      await sleep(50)
      continue
    }
    if (typeof holder === 'number') {
      const who = holder > 0 ? ` (pid ${holder})` : ''
      throw new StartError(
        `another Clearyard${who} is using the data folder ${folder}: ` +
          'stop it, or give this one its own with CLEARYARD_DATA',
      )
    }
    if (holder === 'stale') rmSync(join(folder, name), { force: true })
  }
  server.unref()
  server.on('error', () => {})
  return {
    release: () => {
      try {
        // closing unlinks the name it was bound to, which is relative
        inFolder(folder, () => server.close())
      } catch (error) {
        // the folder was deleted, and the name with it; the rest ends with the process
        if (errnoOf(error) !== 'ENOENT') throw error
      }
    },
  }
}

/** The process that holds this folder (0 when it does not say), or null. */
export const findOwner = async (folder: string): Promise<number | null> => {
  if (!existsSync(join(folder, name))) return null
  const holder = await askHolder(folder)
  return typeof holder === 'number' ? holder : null
}

/**
 * @param folder exists and is writable
 * @throws StartError naming the process that holds it
 */
export const takeOwnerLock = async (folder: string): Promise<OwnerLock> => {
  try {
    return await inTurn(folder, () => acquire(folder))
  } catch (error) {
    throw folderRefused(folder, error)
  }
}
