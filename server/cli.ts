/** The command `clearyard`: arguments in, an exit code out. */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { type Config, readConfig } from './config.ts'
import type { Running } from './main.ts'
import { StartError } from './start-error.ts'
import { version } from './version.ts'
import { welcome } from './welcome.ts'

export type CliOptions = {
  /** What has to be there before the first request is answered, such as built drop-ins. Runs beside the start. */
  prepare?: () => Promise<void>
}

const help = `clearyard: an open, self-hosted implementation of the Dwolla v2 API

  clearyard serve        start the server; in sandbox mode it needs no settings
    --port <number>      listen there instead of PORT (8080); 0 picks a free one
    --host <address>     listen there instead of HOST (127.0.0.1)
    --json               print one line of JSON when ready, and nothing else
  clearyard ledger check prove that every balance is what was entered, while the server serves or while none does
    --json               print one line of JSON, and nothing else
  clearyard seal rotate  seal everything stored with a new key, while the server serves or while none does
    --json               print one line of JSON at the end, and nothing else
  clearyard --version    print the version
  clearyard --help       print this

Settings are environment variables: CLEARYARD_MODE, CLEARYARD_DATA, CLEARYARD_DOCUMENTS, CLEARYARD_KEY,
CLEARYARD_SECRET, CLEARYARD_SEAL_KEYS, CLEARYARD_INDEX_KEY, CLEARYARD_OPERATOR_TOKEN, DATABASE_URL, DATABASE_OWNER_URL,
PUBLIC_URL, LOG_LEVEL, PORT, HOST.
`

const exitCodes = { failed: 1, usage: 2, interrupted: 130, terminated: 143 }

class UsageError extends Error {}

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
} as const

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

/** One line, whatever the message has in it. */
const complain = (message: string) => void process.stderr.write(`clearyard: ${message.replace(/\s*\n\s*/g, ' ')}\n`)

/**
 * The first signal while serving drains; a second one ends at once, as does one while starting. PostgreSQL is stopped
 * either way: it watches us.
 */
const signals = () => {
  let drain: (() => void) | null = null
  let asked = false
  const handle = (code: number) => () => {
    if (asked || !drain) process.exit(code)
    asked = true
    drain()
  }
  process.on('SIGINT', handle(exitCodes.interrupted))
  process.on('SIGTERM', handle(exitCodes.terminated))
  return {
    first: (): Promise<void> =>
      new Promise((resolve) => {
        drain = resolve
      }),
  }
}

const announce = (running: Running, config: Config, json: boolean) => {
  const { origin, world } = running
  if (json) {
    print(JSON.stringify({ ready: true, url: origin, ...world, pid: process.pid }))
    return
  }
  const { mode, publicUrl, documentsFolder } = config
  const facts = { mode, version, origin, world, documentsFolder, readyMs: performance.now() }
  print(welcome(publicUrl === undefined ? facts : { ...facts, publicUrl }, config.colour && process.stdout.isTTY))
}

type Flags = { json?: boolean; port?: string; host?: string }

/** Serves until a signal or until the database cannot be brought back. Gives the exit code. */
const serve = async (flags: Flags, { prepare }: CliOptions): Promise<number> => {
  // What lives from request to request is small: a heap that grows to four times of it first only takes memory.
  setFlagsFromString('--heap-growing-percent=50')
  const signal = signals()
  const config = readConfig(undefined, flags)
  const { startServer } = await import('./main.ts')
  const running = await startServer(config, prepare?.())
  announce(running, config, flags.json ?? false)
  const failure = await Promise.race([signal.first(), running.failed])
  await running.stop()
  if (failure === undefined) return 0
  complain(`the database is gone and does not come back (${failure.message})`)
  return exitCodes.failed
}

const rotateSeals = async ({ json = false }: Flags): Promise<number> => {
  const { rotateCommand } = await import('./seal-rotation/command.ts')
  await rotateCommand(readConfig(), json, print)
  return 0
}

const checkLedger = async ({ json = false }: Flags): Promise<number> => {
  const { checkCommand } = await import('./ledger/command.ts')
  return (await checkCommand(readConfig(), json, print)) ? 0 : exitCodes.failed
}

type Command = { flags: readonly string[]; run: (flags: Flags, options: CliOptions) => Promise<number> }

const commands: { readonly [words: string]: Command } = {
  serve: { flags: ['json', 'port', 'host'], run: serve },
  'ledger check': { flags: ['json'], run: checkLedger },
  'seal rotate': { flags: ['json'], run: rotateSeals },
}

const dispatch = async (args: readonly string[], cliOptions: CliOptions): Promise<number> => {
  const { values, positionals } = parse(args)
  const { help: wantsHelp, version: wantsVersion, ...flags } = values
  if (wantsHelp) {
    print(help.trimEnd())
    return 0
  }
  if (wantsVersion) {
    print(version)
    return 0
  }
  const name = positionals.join(' ')
  if (name === '') throw new UsageError('no command given')
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new UsageError(`unknown command ${JSON.stringify(name)}`)
  const surplus = Object.keys(flags).find((flag) => !command.flags.includes(flag))
  if (surplus !== undefined) throw new UsageError(`${name} takes no --${surplus}`)
  return command.run(flags, cliOptions)
}

/** Runs the command and ends the process with its exit code. */
export const run = async (args: readonly string[], cliOptions: CliOptions = {}): Promise<never> => {
  // whoever reads what we print may go away: that is no reason to end
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    process.exit(await dispatch(args, cliOptions))
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}; clearyard --help shows what there is`)
      process.exit(exitCodes.usage)
    }
    if (error instanceof StartError) complain(error.message)
    else process.stderr.write(`clearyard: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(exitCodes.failed)
  }
}
