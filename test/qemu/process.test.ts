import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { qemu } from '../../src/compute/qemu/accelerator.ts'
import { findMachineProcess, isAlive } from '../../src/compute/qemu/process.ts'
import { skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0
  }
}

test('a machine is off when the last of its threads has ended, and its disks are nobody’s', { skip }, async () => {
  // Which thread ends last is a matter of chance.
  for (let count = 0; count < 10; count++) {
    const uuid = randomUUID()
    const args = ['-uuid', uuid, '-nodefaults', '-display', 'none', '-machine', 'q35', '-accel', 'tcg', '-S']
    const child = spawn(qemu, args, { stdio: 'ignore' })
    const pid = child.pid ?? 0
    await until(() => findMachineProcess(pid, uuid) !== undefined && threadsOf(pid) > 2)
    const identity = findMachineProcess(pid, uuid)
    assert.ok(identity)
    child.kill('SIGKILL')
    // This must not let the collector of dead processes run: then none of them is ever seen.
    while (isAlive(identity));
    assert.ok(threadsOf(pid) <= 1, `${threadsOf(pid)} threads are left`)
  }
})
