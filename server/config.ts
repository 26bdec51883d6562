/** The settings, from the environment: the only reader of it. Every refusal is one line and shows no secret. */
import { join, resolve } from 'node:path'
import { isWeakKey, type Keys, parseKey } from './keys.ts'
import type { SealKey } from './sealing.ts'
import { StartError } from './start-error.ts'

export type Mode = 'sandbox' | 'production'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

export type Config = {
  /** CLEARYARD_MODE */
  mode: Mode
  /** HOST: the address to listen on. */
  host: string
  /** PORT: 0 picks a free one. */
  port: number
  /** CLEARYARD_DATA: where the embedded database and the keys are kept; absolute. */
  dataFolder: string
  /** CLEARYARD_DOCUMENTS: where uploaded documents are kept; in the data folder unless given; absolute. */
  documentsFolder: string
  /** DATABASE_URL: a PostgreSQL of the operator's own instead of the embedded one. */
  databaseUrl?: string
  /** DATABASE_OWNER_URL: the same database as the role that owns the tables. */
  databaseOwnerUrl?: string
  /** CLEARYARD_SEAL_KEYS and CLEARYARD_INDEX_KEY, both or neither; without them the data folder keeps some. */
  keys?: Keys
  /** PUBLIC_URL: the origin that clients see, without a slash at its end. */
  publicUrl?: string
  /** CLEARYARD_OPERATOR_TOKEN: what /_clearyard and /metrics ask for in production. */
  operatorToken?: string
  /** CLEARYARD_KEY and CLEARYARD_SECRET, both or neither: of the default world. */
  credentials?: { key: string; secret: string }
  /** LOG_LEVEL */
  logLevel: LogLevel
  /** False when NO_COLOR asks for plain text. */
  colour: boolean
}

type Environment = { readonly [name: string]: string | undefined }

const ours = [
  'CLEARYARD_MODE',
  'CLEARYARD_DATA',
  'CLEARYARD_DOCUMENTS',
  'CLEARYARD_SEAL_KEYS',
  'CLEARYARD_INDEX_KEY',
  'CLEARYARD_OPERATOR_TOKEN',
  'CLEARYARD_KEY',
  'CLEARYARD_SECRET',
]

const makeKey = `a new one: openssl rand -hex 32`

/** An empty variable counts as absent: that is how compose files and shells leave one out. */
const present = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const refuseUnknown = (env: Environment) => {
  const unknown = Object.keys(env).filter((name) => name.startsWith('CLEARYARD_') && !ours.includes(name))
  if (unknown.length > 0)
    throw new StartError(`unknown setting ${listed(unknown)}: the settings of that kind are ${listed(ours)}`)
}

const readMode = (text = 'sandbox'): Mode => {
  if (text === 'sandbox' || text === 'production') return text
  throw new StartError(`CLEARYARD_MODE is neither sandbox nor production: it is ${JSON.stringify(text)}`)
}

const readPort = (text = '8080'): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new StartError(
    `PORT is not a port: give a number from 0 (picks a free one) to 65535, not ${JSON.stringify(text)}`,
  )
}

const readLogLevel = (text = 'info'): LogLevel => {
  const level = logLevels.find((known) => known === text)
  if (level) return level
  throw new StartError(`LOG_LEVEL is none of ${listed(logLevels)}: it is ${JSON.stringify(text)}`)
}

const readDatabaseUrl = (name: string, text: string | undefined): string | undefined => {
  if (text === undefined || (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text.replace('@/', '@local/'))))
    return text
  throw new StartError(`${name} is not a PostgreSQL URL: give postgresql://user:password@host:5432/database`)
}

const readPublicUrl = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin
  throw new StartError(
    'PUBLIC_URL is not an origin: give https://host or https://host:port, with no path, query or user',
  )
}

const readKey = (name: string, text: string): Buffer => {
  const key = parseKey(text)
  if (!key) throw new StartError(`${name} is not a key of 32 bytes in hex or base64: ${makeKey}`)
  if (isWeakKey(key)) throw new StartError(`${name} is too weak, it was not drawn at random: ${makeKey}`)
  return key
}

const readSealKeys = (text: string): Keys['sealKeys'] => {
  const name = 'CLEARYARD_SEAL_KEYS'
  const keys = text.split(',').map((entry): SealKey => {
    const [, id, key] = /^\s*([A-Za-z0-9_-]{1,32}):(\S+)\s*$/.exec(entry) ?? []
    if (!id || !key)
      throw new StartError(
        `${name} is not a list of id:key,…: an id is 1 to 32 of A-Z a-z 0-9 _ -, the first key seals`,
      )
    return { id, key: readKey(`key ${id} of ${name}`, key) }
  })
  const ids = keys.map((key) => key.id)
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated) throw new StartError(`${name} has the id ${repeated} twice: give every key its own`)
  const [first, ...others] = keys
  if (!first) throw new StartError(`${name} is empty: ${makeKey}`)
  return [first, ...others]
}

const readKeys = (env: Environment): Keys | undefined => {
  const { CLEARYARD_SEAL_KEYS: sealText, CLEARYARD_INDEX_KEY: indexText } = env
  if (sealText === undefined && indexText === undefined) return undefined
  if (sealText === undefined || indexText === undefined)
    throw new StartError('CLEARYARD_SEAL_KEYS and CLEARYARD_INDEX_KEY go together: set both or neither')
  const sealKeys = readSealKeys(sealText)
  const indexKey = readKey('CLEARYARD_INDEX_KEY', indexText)
  if (sealKeys.some(({ key }) => key.equals(indexKey)))
    throw new StartError(`CLEARYARD_INDEX_KEY is also a seal key: give it ${makeKey}`)
  return { sealKeys, indexKey }
}

const shortestToken = 32
const fewestDifferentCharacters = 8

const readOperatorToken = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new StartError(`CLEARYARD_OPERATOR_TOKEN has spaces or characters that no header carries: ${makeKey}`)
  if (text.length < shortestToken || new Set(text).size < fewestDifferentCharacters)
    throw new StartError(
      `CLEARYARD_OPERATOR_TOKEN is too weak: give ${shortestToken} random characters or more, ${makeKey}`,
    )
  return text
}

const readCredentials = (env: Environment): Config['credentials'] => {
  const { CLEARYARD_KEY: key, CLEARYARD_SECRET: secret } = env
  if (key === undefined && secret === undefined) return undefined
  if (key === undefined || secret === undefined)
    throw new StartError('CLEARYARD_KEY and CLEARYARD_SECRET go together: set both or neither')
  if (!/^[\x21-\x39\x3b-\x7e]{1,128}$/.test(key))
    throw new StartError('CLEARYARD_KEY is not 1 to 128 printable characters without space and colon')
  if (!/^[\x21-\x7e]{1,128}$/.test(secret))
    throw new StartError('CLEARYARD_SECRET is not 1 to 128 printable characters without space')
  return { key, secret }
}

const checkTogether = (config: Config, env: Environment) => {
  const { mode, databaseUrl, databaseOwnerUrl, publicUrl, operatorToken, credentials } = config
  if (databaseOwnerUrl !== undefined && databaseUrl === undefined)
    throw new StartError(
      'DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither for the embedded database',
    )
  const keys = config.keys ? [] : ['CLEARYARD_SEAL_KEYS', 'CLEARYARD_INDEX_KEY']
  if (mode === 'production') {
    if (credentials)
      throw new StartError(
        'CLEARYARD_KEY and CLEARYARD_SECRET are for the sandbox: production has no default world, unset them',
      )
    const missing = [
      ...(databaseUrl ? [] : ['DATABASE_URL']),
      ...keys,
      ...(env['CLEARYARD_DOCUMENTS'] === undefined ? ['CLEARYARD_DOCUMENTS'] : []),
      ...(publicUrl ? [] : ['PUBLIC_URL']),
      ...(operatorToken ? [] : ['CLEARYARD_OPERATOR_TOKEN']),
    ]
    if (missing.length > 0)
      throw new StartError(`production needs ${listed(missing)}: set ${missing.length > 1 ? 'them' : 'it'}`)
  }
  if (databaseUrl !== undefined && keys.length > 0)
    throw new StartError(
      `DATABASE_URL needs ${listed(keys)}, because what is sealed in that database must open wherever it is used: ` +
        'make them with openssl rand -hex 32',
    )
}

type Optional = Pick<
  Config,
  'databaseUrl' | 'databaseOwnerUrl' | 'keys' | 'publicUrl' | 'operatorToken' | 'credentials'
>

/** Leaves out what is undefined, which an optional property must not be. */
const defined = <T extends object>(values: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T

/** What the command line says goes before the environment. */
export type Flags = { port?: string; host?: string }

/**
 * @param environment the process's own unless a test gives another
 * @throws StartError, one line, for the first thing that is wrong
 */
export const readConfig = (environment: NodeJS.ProcessEnv = process.env, { port, host }: Flags = {}): Config => {
  const env = present({ ...environment, ...(port && { PORT: port }), ...(host && { HOST: host }) })
  refuseUnknown(env)
  const dataFolder = resolve(env['CLEARYARD_DATA'] ?? '.clearyard')
  const config: Config = {
    mode: readMode(env['CLEARYARD_MODE']),
    host: env['HOST'] ?? '127.0.0.1',
    port: readPort(env['PORT']),
    dataFolder,
    documentsFolder: resolve(env['CLEARYARD_DOCUMENTS'] ?? join(dataFolder, 'documents')),
    logLevel: readLogLevel(env['LOG_LEVEL']),
    colour: env['NO_COLOR'] === undefined,
    ...defined<Optional>({
      databaseUrl: readDatabaseUrl('DATABASE_URL', env['DATABASE_URL']),
      databaseOwnerUrl: readDatabaseUrl('DATABASE_OWNER_URL', env['DATABASE_OWNER_URL']),
      keys: readKeys(env),
      publicUrl: readPublicUrl(env['PUBLIC_URL']),
      operatorToken: readOperatorToken(env['CLEARYARD_OPERATOR_TOKEN']),
      credentials: readCredentials(env),
    }),
  }
  checkTogether(config, env)
  return config
}
