/** The log: JSON lines, or one readable line each on a terminal. Never a body, a query string or a header's value. */
import pino, { type Logger } from 'pino'
import type { LogLevel } from './config.ts'

/** A second net under the rule that nobody logs a secret. */
const redact = ['authorization', 'token', 'secret', 'password', 'ssn', 'passport', 'accountNumber'].flatMap((name) => [
  name,
  `*.${name}`,
])

/** @param readable for people at a terminal; machines get JSON */
export const createLog = async (level: LogLevel, readable: boolean): Promise<Logger> => {
  const options = { level, redact, base: null }
  if (!readable) return pino(options, pino.destination(2))
  const { default: pretty } = await import('pino-pretty')
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'reqId', translateTime: 'SYS:HH:MM:ss' }))
}
