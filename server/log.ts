/** The log: JSON lines, or one readable line each on a terminal. Never a body, a query string or a header's value. */
import pg from 'pg'
import pino, { type Logger, type LoggerOptions } from 'pino'
import type { LogLevel } from './config.ts'

/** A second net under the rule that nobody logs a secret. */
const redact = ['authorization', 'token', 'secret', 'password', 'ssn', 'passport', 'accountNumber'].flatMap((name) => [
  name,
  `*.${name}`,
])

/**
 * What is logged of an error. PostgreSQL's words quote the values of a statement: of its errors only code and place.
 */
const described = (error: unknown): object => {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name: type, code, cause } = error as Error & { code?: unknown }
  if (error instanceof pg.DatabaseError) {
    const { table, constraint, routine } = error
    const stack = error.stack?.match(/\n {4}at .*/s)?.[0]
    return { type: 'DatabaseError', message: `PostgreSQL answered ${code}`, code, table, constraint, routine, stack }
  }
  const because = cause === undefined ? {} : { cause: described(cause) }
  return { type, message: error.message, code, stack: error.stack, ...because }
}

/** What every line of the log is held to, whoever writes it where. */
export const logOptions: LoggerOptions = { redact, base: null, serializers: { err: described } }

/** @param readable for people at a terminal; machines get JSON */
export const createLog = async (level: LogLevel, readable: boolean): Promise<Logger> => {
  const options = { ...logOptions, level }
  if (!readable) return pino(options, pino.destination(2))
  const { default: pretty } = await import('pino-pretty')
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'reqId', translateTime: 'SYS:HH:MM:ss' }))
}
