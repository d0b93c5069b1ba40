import pino, { type Logger } from 'pino'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export const logFormats = ['pretty', 'json'] as const
export type LogFormat = (typeof logFormats)[number]
export type Log = Logger

/** Logs go to stderr; stdout is for what a command has to say. */
export async function createLogger(options: { level: LogLevel; format: LogFormat }): Promise<Log> {
  const settings = { level: options.level, base: null, redact: ['secret', '*.secret', 'signature', '*.signature'] }
  if (options.format === 'json') return pino(settings, pino.destination(2))
  const { default: pretty } = await import('pino-pretty')
  return pino(settings, pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' }))
}

export function createSilentLogger(): Log {
  return pino({ level: 'silent' })
}
