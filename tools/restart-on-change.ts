/** A program that is started anew when a file of its sources changes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join, relative } from 'node:path'

export type Restarting = {
  /** the program of Node to run, and its arguments */
  readonly command: readonly string[]
  readonly cwd: string
  /** watched with what is below them, relative to `cwd` */
  readonly folders: readonly string[]
  /** whether a change of this path (relative to `cwd`) concerns the program */
  readonly concerns: (path: string) => boolean
  readonly say: (line: string) => void
}

/** an editor writes several times, and several files at once */
const quietMs = 80

/** how long a program may take to finish what it has begun, before it is asked a second time */
const patienceMs = 1_500

/**
 * Runs the program until `stop`, which gives its exit code. One that ends by itself is not started again before a
 * change: it has said why.
 */
export const restartOnChange = ({ command, cwd, folders, concerns, say }: Restarting) => {
  let child: ChildProcess | null = null
  let turn: Promise<void> = Promise.resolve()
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  const start = () => {
    const started = spawn(process.execPath, command, { cwd, stdio: 'inherit' })
    child = started
    started.once('exit', (code, signal) => {
      if (child !== started) return
      child = null
      if (!stopped) say(`ended (${signal ?? code}): waiting for a change`)
    })
  }

  const end = async (signal: NodeJS.Signals | null): Promise<number> => {
    const ending = child
    if (!ending) return 0
    child = null
    const exit = once(ending, 'exit')
    const again = setInterval(() => ending.kill('SIGTERM'), patienceMs)
    if (signal) ending.kill(signal)
    const [code] = await exit
    clearInterval(again)
    return code ?? 0
  }

  const changed = (path: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      turn = turn.then(async () => {
        if (stopped) return
        say(`${path} changed`)
        await end('SIGTERM')
        if (!stopped) start()
      })
    }, quietMs)
  }

  const watchers = folders.map((folder) =>
    watch(join(cwd, folder), { recursive: true }, (_, file) => {
      const path = relative(cwd, join(cwd, folder, file ?? ''))
      if (concerns(path)) changed(path)
    }),
  )
  start()

  return {
    /** with null when the program has had a signal already */
    stop: async (signal: NodeJS.Signals | null): Promise<number> => {
      stopped = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await turn
      return end(signal)
    },
  }
}
