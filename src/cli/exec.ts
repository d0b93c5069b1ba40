import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { defaultAccount } from '../config.ts'
import { findRegion } from '../domain/catalogue/regions.ts'
import { CommandFailure } from './command-failure.ts'
import { start } from './serve.ts'
import { flagOf, readSettings, type SettingTexts } from './settings.ts'
import { UsageError } from './usage-error.ts'

export interface ExecFlags {
  readonly seed?: readonly string[]
  readonly clock: string
  readonly startAt?: string
  readonly randomSeed?: string
  readonly region: string
}

/** Runs a command against a server of its own and returns the command's exit code. */
export async function exec(command: readonly string[], { region, ...given }: ExecFlags): Promise<number> {
  if (findRegion(region) === undefined) throw new UsageError(`--region: there is no region "${region}".`)
  const texts: SettingTexts = { ...given, port: '0', store: 'memory:', logLevel: 'warn' }
  const app = await start(readSettings([{ texts, origin: flagOf }]))
  try {
    return await runCommand(command, { ...process.env, ...sdkEnvironment(app.port, region) })
  } finally {
    await app.close()
  }
}

/** What SDKs, the CLI, Terraform and a test of yours read to find the server and its keys. */
export function sdkEnvironment(port: number, region: string): Record<string, string> {
  const host = `127.0.0.1:${port}`
  const { accessKeyId, secret } = defaultAccount
  return {
    LOCALYUN_ENDPOINT: `http://${host}`,
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret,
    ALIBABA_CLOUD_REGION_ID: region,
    ALIBABA_CLOUD_ENDPOINT: host,
    ALIBABA_CLOUD_ENDPOINT_ECS: host,
    ALIBABA_CLOUD_ENDPOINT_KMS: host,
    ALIBABA_CLOUD_IGNORE_PROFILE: 'TRUE',
    ALICLOUD_ACCESS_KEY: accessKeyId,
    ALICLOUD_SECRET_KEY: secret,
    ALICLOUD_REGION: region,
    ALICLOUD_ACCOUNT_ID: defaultAccount.id,
    ALIBABA_CLOUD_ACCOUNT_TYPE: 'Domestic',
    ECS_ENDPOINT: host,
    KMS_ENDPOINT: host,
  }
}

function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    process.on('SIGTERM', forward)
    process.on('SIGINT', forward)
    child.on('error', (reason: NodeJS.ErrnoException) => {
      const why = reason.code === 'ENOENT' ? 'there is no such command' : reason.message
      reject(new CommandFailure(`Cannot run ${file}: ${why}.`))
    })
    child.on('close', (code, signal) => {
      process.off('SIGTERM', forward)
      process.off('SIGINT', forward)
      // As a shell reports a command that a signal ended.
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
    })
  })
}
