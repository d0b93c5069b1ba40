import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { sleep, wallClock } from '../../platform/clock.ts'
import { qemu } from './accelerator.ts'
import { type Accelerator, qemuArguments } from './arguments.ts'
import { type MachineRecord, prepareFiles, readRecord, removeFiles, writeRecord } from './machine-files.ts'
import { fileNames, type Places } from './places.ts'
import { findFreePort, isFree } from './ports.ts'
import { findMachineProcess, isAlive, type ProcessIdentity } from './process.ts'
import { Qmp } from './qmp.ts'
import type { MachineSpec } from './spec.ts'

/** How often the power button is pressed: guests miss it while they boot, and some want it twice. */
const pressEveryMs = 3_000
/** How long a call waits for a machine to come or go before it says "not yet". */
const patienceMs = 1_500
const lookEveryMs = 5

export interface MachineOptions {
  readonly places: Places
  readonly accelerator: Accelerator
  readonly startPaused: boolean
  /** Every port that a machine has. */
  readonly ports: Set<number>
  /** The machine has gone off, whoever did that. */
  readonly onOff: () => void
}

/** One virtual machine and its process, which this one only looks after. */
export class Machine {
  readonly #id: string
  readonly #folder: string
  readonly #options: MachineOptions
  #record: MachineRecord | undefined
  #process: ProcessIdentity | undefined
  #qmp: Qmp | undefined
  #pressedAt = -Infinity

  constructor(id: string, options: MachineOptions) {
    this.#id = id
    this.#folder = join(options.places.machines, id)
    this.#options = options
  }

  /** Takes up a machine that an earlier process left. */
  async takeUp(): Promise<void> {
    this.#setRecord(await readRecord(this.#folder))
    if (this.isOn()) await this.#connect()
  }

  get sshPort(): number | undefined {
    return this.#record?.sshPort ?? undefined
  }

  /** Whether its process is there: never another one that has got the same number. */
  isOn(): boolean {
    if (this.#process !== undefined && isAlive(this.#process)) return true
    this.#process = this.#findProcess()
    return this.#process !== undefined
  }

  #findProcess(): ProcessIdentity | undefined {
    if (this.#record === undefined) return undefined
    let pid: number
    try {
      pid = Number(readFileSync(join(this.#folder, fileNames.pid), 'utf8'))
    } catch {
      return undefined
    }
    return findMachineProcess(pid, this.#record.uuid)
  }

  /** Makes disks and all, as far as they are not there. */
  async provision(spec: MachineSpec): Promise<void> {
    const { places, ports } = this.#options
    await prepareFiles(spec, this.#folder, places)
    const known = this.sshPort
    const port = known !== undefined && (await isFree(known)) ? known : await findFreePort(ports)
    const keptDisks = spec.disks.filter(disk => !disk.deleteWithInstance).map(disk => disk.id)
    const record = { uuid: spec.uuid, sshPort: spec.isPublic ? port : null, keptDisks }
    await writeRecord(this.#folder, record)
    this.#setRecord(record)
  }

  #setRecord(record: MachineRecord | undefined): void {
    const { ports } = this.#options
    if (this.sshPort !== undefined) ports.delete(this.sshPort)
    this.#record = record
    if (this.sshPort !== undefined) ports.add(this.sshPort)
  }

  /** Starts the machine if it is off; false when it is not there yet. Throws what QEMU says when it gives up. */
  async start(spec: MachineSpec): Promise<boolean> {
    if (!this.isOn()) {
      await this.provision(spec)
      this.#pressedAt = -Infinity
      const over = this.#spawn(spec)
      return this.#waitFor(async () => {
        if (over.reason !== undefined) throw new Error(over.reason)
        return this.#connect()
      })
    }
    return this.#waitFor(() => this.#connect())
  }

  #spawn(spec: MachineSpec): { readonly reason: string | undefined } {
    const { places, accelerator, startPaused: paused } = this.#options
    const args = qemuArguments(spec, {
      accelerator,
      images: relative(this.#folder, places.images),
      sshPort: this.sshPort,
      asRoot: process.getuid?.() === 0,
      paused,
    })
    const log = join(this.#folder, fileNames.log)
    const output = openSync(log, 'w', 0o600)
    // What QEMU makes in the folder, the socket above all, is nobody else's from the start.
    const umask = process.umask(0o177)
    const over: { reason: string | undefined } = { reason: undefined }
    try {
      const child = spawn(qemu, args, { cwd: this.#folder, detached: true, stdio: ['ignore', output, output] })
      child.once('error', reason => (over.reason = reason.message))
      child.once('exit', (code, signal) => (over.reason = `QEMU ended (${signal ?? code}). ${readEnd(log)}`.trim()))
      child.unref()
    } finally {
      process.umask(umask)
      closeSync(output)
    }
    return over
  }

  /** Presses the power button, and again every few seconds. True when the machine is off. */
  async shutDown(now: number): Promise<boolean> {
    if (!this.isOn()) return true
    if (now - this.#pressedAt < pressEveryMs && now >= this.#pressedAt) return false
    const qmp = (await this.#connect()) ? this.#qmp : undefined
    if (qmp === undefined) return !this.isOn()
    try {
      const { status } = (await qmp.execute('query-status')) as { status: string }
      // A processor that stands still hears nothing.
      if (status === 'paused' || status === 'prelaunch' || status === 'suspended') await qmp.execute('cont')
      await qmp.execute('system_powerdown')
      this.#pressedAt = now
    } catch (reason) {
      // It may have gone off in the meantime.
      if (this.isOn()) throw reason
    }
    return !this.isOn()
  }

  /** Cuts the power. True when the machine is off. */
  async powerOff(): Promise<boolean> {
    // Nobody needs to be told of an end that was ordered.
    this.close()
    if (this.isOn() && this.#process !== undefined) process.kill(this.#process.pid, 'SIGKILL')
    return this.#waitFor(async () => !this.isOn())
  }

  /** Removes the machine and its files, whatever its power. */
  async destroy(): Promise<void> {
    this.#setRecord(this.#record ?? (await readRecord(this.#folder)))
    if (!(await this.powerOff())) throw new Error(`The process of ${this.#id} does not end.`)
    await removeFiles(this.#folder, this.#options.places)
    this.#setRecord(undefined)
  }

  /** Lets go of the machine, which runs on. */
  close(): void {
    const qmp = this.#qmp
    this.#qmp = undefined
    qmp?.close()
  }

  /** Reaches the machine's monitor, and makes sure that it is this machine's; false when it is not there yet. */
  async #connect(): Promise<boolean> {
    if (this.#qmp?.isOpen === true) return this.isOn()
    if (!this.isOn()) return false
    let qmp: Qmp
    try {
      qmp = await Qmp.connect(join(this.#folder, fileNames.qmp))
    } catch {
      return false
    }
    const { UUID: uuid } = (await qmp.execute('query-uuid')) as { UUID: string }
    if (uuid !== this.#record?.uuid) {
      qmp.close()
      throw new Error(`The monitor of ${this.#id} is that of another machine, ${uuid}.`)
    }
    this.#qmp = qmp
    void this.#watch(qmp)
    return true
  }

  /** The monitor closes when the machine goes off. */
  async #watch(qmp: Qmp): Promise<void> {
    await qmp.closed
    if (this.#qmp !== qmp) return
    this.#qmp = undefined
    if (await this.#waitFor(async () => !this.isOn())) this.#options.onOff()
  }

  async #waitFor(holds: () => Promise<boolean>): Promise<boolean> {
    const end = wallClock.now() + patienceMs
    while (!(await holds())) {
      if (wallClock.now() >= end) return false
      await sleep(lookEveryMs)
    }
    return true
  }

  /** The path of what the machine wrote to its serial console. */
  get consoleLog(): string {
    return join(this.#folder, fileNames.console)
  }
}

function readEnd(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' ')
  } catch {
    return ''
  }
}
