/** Real servers for tests: `node start.mjs serve --json` as a process of its own, with an environment of its own. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { spawnWatched } from '../db/embedded/watched.ts'
import { type Scope, temporaryFolder, undo } from './scope.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

export type ServerOptions = {
  /** On top of a bare environment in which no setting of Clearyard's is set. */
  env?: Record<string, string>
  /** After `serve --json`. */
  args?: string[]
  /** A fresh temporary one, removed afterwards, when absent. */
  dataFolder?: string
  /** The folder with start.mjs in it; this checkout when absent. */
  checkout?: string
  cwd?: string
  uid?: number
  gid?: number
}

export type ServerProcess = {
  readonly url: string
  readonly key: string
  readonly secret: string
  readonly pid: number
  readonly dataFolder: string
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Exit>
}

const thisCheckout = join(import.meta.dirname, '..', '..')

/** What a process needs of ours, and nothing that could be a setting. */
export const bareEnv = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'ROUNDS'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

const launch = (scope: Scope, command: string[], options: ServerOptions) => {
  const { env = {}, checkout = thisCheckout, uid, gid } = options
  const dataFolder = options.dataFolder ?? join(temporaryFolder(scope), 'data')
  // in a process group of its own, so that a test can send it what a terminal would; killed when the test process is
  const child = spawnWatched(command, {
    cwd: options.cwd ?? checkout,
    env: { ...bareEnv(), PORT: '0', CLEARYARD_DATA: dataFolder, LOG_LEVEL: 'warn', ...env },
    ending: 'kill',
    stdout: 'pipe',
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (bytes) => {
    stdout += bytes
  })
  child.stderr?.on('data', (bytes) => {
    stderr += bytes
  })
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const end = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> => {
    child.kill(signal)
    return exited
  }
  undo(scope, async () => {
    if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
  })
  return { child, dataFolder, exited, end, stdout: () => stdout }
}

const serveCommand = ({ checkout = thisCheckout, args = [] }: ServerOptions) => [
  process.execPath,
  join(checkout, 'start.mjs'),
  'serve',
  '--json',
  ...args,
]

/** Starts a server and waits until it is ready; throws with what it said when it ends instead. */
export const startServerProcess = async (scope: Scope, options: ServerOptions = {}): Promise<ServerProcess> => {
  const { child, dataFolder, exited, end, stdout } = launch(scope, serveCommand(options), options)
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [first, rest] = stdout().split('\n', 2)
      if (rest !== undefined) resolve(first ?? '')
    })
    exited.then(({ code, signal, stderr }) => reject(new Error(`it ended (${code ?? signal}): ${stderr}`)), reject)
  })
  const { url, key, secret, pid }: { url: string; key: string; secret: string; pid: number } = JSON.parse(line)
  return { url, key, secret, pid, dataFolder, child, exited, end }
}

/** Runs a server that is expected to refuse, and gives what it said. */
export const runServer = (scope: Scope, options: ServerOptions = {}): Promise<Exit> =>
  launch(scope, serveCommand(options), options).exited

/** Runs the command `clearyard` with other arguments than `serve --json`. */
export const runCommand = (scope: Scope, args: string[], options: ServerOptions = {}): Promise<Exit> =>
  launch(scope, [process.execPath, join(options.checkout ?? thisCheckout, 'start.mjs'), ...args], options).exited
