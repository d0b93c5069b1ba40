import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Accelerator } from './arguments.ts'
import { run } from './run.ts'

export const qemu = 'qemu-system-x86_64'

/** What hardware does in well under a second. A KVM that only emulates takes minutes for it. */
const probeLimitMs = 3_000

/**
 * A boot sector that enters long mode, as every kernel does, counts down from fifty million, and writes 42 to port 0xf4:
 *
 *   cli; cld; xor ax, ax; mov ds, ax; mov es, ax                 page tables at 0x1000 map the first 2 MiB:
 *   mov di, 0x1000; mov cx, 0x1800; rep stosw                    empty ones,
 *   mov dword [0x1000], 0x2003; [0x2000], 0x3003; [0x3000], 0x83   and their three entries
 *   mov eax, 0x1000; mov cr3, eax; mov eax, cr4; or eax, 0x20; mov cr4, eax
 *   mov ecx, 0xc0000080; rdmsr; or eax, 0x100; wrmsr             EFER.LME
 *   lgdt [0x7c88]; mov eax, cr0; or eax, 0x80000001; mov cr0, eax; jmp 8:0x7c64
 *   mov ecx, 50000000; 1: dec ecx; jnz 1b; xor eax, eax; cpuid; mov al, 42; out 0xf4, al; hlt
 */
const bootSector =
  'fafc31c08ed88ec0bf0010b90018f3ab66c70600100320000066c70600200330000066c70600308300000066b8001000000f22d80f20e0' +
  '6683c8200f22e066b9800000c00f32660d000100000f300f0116887c0f20c0660d010000800f22c0ea647c0800b980f0fa02ffc975fc31' +
  'c00fa2b02ae6f4f46690000000000000000000000000009a20000f00787c0000'

/** QEMU leaves with this when 42 was written to its exit device. */
const reachedTheEnd = 42 * 2 + 1

/** KVM if a machine really runs with it, else QEMU's own translator. */
export async function findAccelerator(): Promise<Accelerator> {
  const folder = await mkdtemp(join(tmpdir(), 'localyun-probe-'))
  try {
    const disk = Buffer.alloc(1024 * 1024)
    disk.write(bootSector, 'hex')
    disk.writeUInt16LE(0xaa55, 510)
    await writeFile(join(folder, 'disk'), disk)
    return (await exitCode(folder)) === reachedTheEnd ? 'kvm' : 'tcg'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function exitCode(cwd: string): Promise<unknown> {
  const args = [
    ['-accel', 'kvm', '-machine', 'q35', '-cpu', 'host', '-nodefaults', '-display', 'none', '-m', 'size=64M'],
    ['-blockdev', 'driver=raw,node-name=disk,read-only=on,file.driver=file,file.filename=disk'],
    ['-device', 'virtio-blk-pci,drive=disk', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
  ].flat()
  return new Promise(resolve => {
    const options = { cwd, timeout: probeLimitMs, killSignal: 'SIGKILL' } as const
    execFile(qemu, args, options, failure => resolve(failure === null ? 0 : failure.code))
  })
}

/** `7.2.22`; throws a ComputeError when QEMU is not there. */
export async function findVersion(): Promise<string> {
  const text = await run(qemu, ['--version'])
  return /version (\S+)/.exec(text)?.[1] ?? 'unknown'
}
