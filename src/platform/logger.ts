import { createRequire } from 'node:module'
import type * as Pino from 'pino'
import type * as PinoPrettyModule from 'pino-pretty'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export const logFormats = ['pretty', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

export interface Log {
  readonly error: Write
  readonly warn: Write
  readonly info: Write
  readonly debug: Write
  /** Whether `debug` writes anything: asked where its fields cost something on every call. */
  readonly isDebug: boolean
}

/**
 * Logs go to stderr; stdout is for what a command has to say. The logging library is loaded when there is a first line
 * to write, which keeps it out of the way of a quiet start.
 */
export function createLogger(options: { level: LogLevel; format: LogFormat }): Log {
  let logger: Pino.Logger | undefined
  const threshold = logLevels.indexOf(options.level)
  const isOn = (level: LogLevel) => options.level !== 'silent' && logLevels.indexOf(level) <= threshold
  const writer =
    (level: 'error' | 'warn' | 'info' | 'debug'): Write =>
    (fields, message) => {
      if (!isOn(level)) return
      logger ??= createPino(options)
      logger[level](fields, message)
    }
  return {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    isDebug: isOn('debug'),
  }
}

export function createSilentLogger(): Log {
  return createLogger({ level: 'silent', format: 'json' })
}

function createPino({ level, format }: { level: LogLevel; format: LogFormat }): Pino.Logger {
  const require = createRequire(import.meta.url)
  const { pino } = require('pino') as typeof Pino
  const settings = { level, base: null, redact: ['secret', '*.secret', 'signature', '*.signature'] }
  if (format === 'json') return pino(settings, pino.destination({ dest: 2, sync: true }))
  const { PinoPretty } = require('pino-pretty') as typeof PinoPrettyModule
  return pino(settings, PinoPretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' }))
}
