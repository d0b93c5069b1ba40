import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { tempFolder } from '../../test/support/temp.ts'
import { gatherSettings, start } from './serve.ts'
import type { SettingTexts } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** A mistake in what `serve` is told, and how it is refused. */
interface Mistake {
  readonly flags?: SettingTexts
  readonly env?: Readonly<Record<string, string>>
  /** The content of `file.yaml`, which is given as this setting. */
  readonly file?: readonly [setting: 'config' | 'seed' | 'prices', content: string]
  readonly says: RegExp
}

const postgres = 'postgres://x/y'
const mistakes: Readonly<Record<string, Mistake>> = {
  'an unknown clock': { flags: { clock: 'sundial' }, says: /--clock: "sundial" must be one of real, virtual, auto/ },
  'a store of an unknown kind, whose password is not shown': {
    flags: { store: 'mysql://me:hush@x/y' },
    says: /--store: "mysql:\/\/…@x\/y" must be sqlite:FILE, postgres:/,
  },
  'a worker on a store of its own': { flags: { role: 'worker' }, says: /--role worker goes with --store postgres:/ },
  'an unknown driver': { flags: { compute: 'xen' }, says: /--compute: "xen" must be one of simulated, qemu/ },
  'real machines on a clock that jumps': {
    flags: { compute: 'qemu', clock: 'auto' },
    says: /--compute qemu goes with --clock real/,
  },
  'real machines on a server that only answers calls': {
    flags: { compute: 'qemu', store: postgres, role: 'api' },
    says: /--compute qemu goes with --role all or worker/,
  },
  'an overcommit that is no ratio': { flags: { overcommit: 'none' }, says: /--overcommit: "none" must be a ratio/ },
  'a grace that is no duration': { flags: { stopGrace: 'soon' }, says: /--stop-grace: "soon" must be a duration/ },
  'the duration of something that takes none': {
    flags: { timing: 'stop=3s,nap=1s' },
    says: /--timing: .* must be short, realistic/,
  },
  'a time scale for a virtual clock': {
    flags: { timeScale: '2', clock: 'virtual' },
    says: /--time-scale goes with --clock real/,
  },
  'a start that is no time': {
    flags: { startAt: 'noon', clock: 'auto' },
    says: /--start-at: "noon" must be a time like 2030-01-31T12/,
  },
  'a start for a real clock': {
    flags: { startAt: '2026-03-01' },
    says: /--start-at goes with --clock virtual or auto/,
  },
  'two certificates': { flags: { tls: 'self-signed', tlsCert: 'x' }, says: /exclude each other/ },
  'a variable with an unknown value': {
    env: { LOCALYUN_AUTH: 'maybe' },
    says: /LOCALYUN_AUTH: "maybe" must be one of on, off/,
  },
  'an unknown setting in the configuration': {
    file: ['config', 'port: 0\nprot: 1\n'],
    says: /file\.yaml line 2, prot: there is no such setting/,
  },
  'a wrong value in the configuration': {
    file: ['config', 'auth: on\ntiming: x\n'],
    says: /file\.yaml line 2, timing: "x" must be/,
  },
  'a configuration that is a list': { file: ['config', '- 1\n'], says: /file\.yaml: the file must be a map/ },
  'a price below zero': {
    file: ['prices', 'eip: 1\nfamilies:\n  g7: {vcpu: -1}\n'],
    says: /file\.yaml line 3, families\.g7\.vcpu: /,
  },
  'a price list that is not there': { flags: { prices: 'nowhere.yaml' }, says: /nowhere\.yaml does not exist/ },
  'a seed that is not YAML': { file: ['seed', 'instances: [\n'], says: /file\.yaml line \d+: / },
  'an unknown key in a seed': {
    file: ['seed', 'instances:\n  - region: cn-hangzhou\n    colour: red\n'],
    says: /file\.yaml line 3, instances\[0\]\.colour: there is no key "colour"/,
  },
  'an unknown region in a seed': {
    file: ['seed', 'instances:\n  - region: cn-hangzhou\n  - region: mars\n'],
    says: /file\.yaml line 3, instances\[1\]\.region: there is no such region/,
  },
  'an unknown account in a seed': {
    file: ['seed', 'instances:\n  - region: cn-hangzhou\n    account: "12345"\n'],
    says: /file\.yaml line 3, instances\[0\]\.account: The account 12345 does not exist/,
  },
  'an access key in a seed that is taken': {
    file: ['seed', 'accounts:\n  - id: "20001"\n    accessKeys:\n      - {id: localyun, secret: x}\n'],
    says: /file\.yaml line 4, accounts\[0\]\.accessKeys\[0\]\.id: The access key localyun belongs to/,
  },
}

suite('what is wrong is refused in one line that names the place', () => {
  for (const [title, { flags = {}, env = {}, file, says }] of Object.entries(mistakes)) {
    test(title, async () => {
      using folder = tempFolder()
      const named = file === undefined ? {} : { [file[0]]: folder.write('file.yaml', file[1]) }
      const started = gatherSettings({ port: '0', store: 'memory:', ...flags, ...named }, env).then(start)
      await assert.rejects(
        started.then(app => app.close()),
        reason => {
          assert.ok(reason instanceof UsageError, String(reason))
          assert.match(reason.message, says)
          assert.ok(!reason.message.includes('\n'), reason.message)
          return true
        },
      )
    })
  }
})
