import { type AccessKey, accounts, regions, seededKeys } from './world.ts'
import type { Answer } from './play.ts'
import type { Step } from './steps.ts'

/** An instance as the control API last showed it. */
export interface KnownInstance {
  readonly id: string
  readonly name: string
  readonly account: string
  readonly region: string
  readonly zone: string
  readonly status: string
  readonly chargeType: string
  readonly type: string
  readonly privateIp: string
  readonly publicIp: string
  readonly eip: string
  readonly eipId: string
  readonly tags: Readonly<Record<string, string>>
  readonly locks: readonly string[]
}

interface KnownEip {
  readonly id: string
  readonly region: string
}

/** What a client has seen so far: generated calls name it. */
export class Knowledge {
  instances: KnownInstance[] = []
  /** Ids of instances that were there once. */
  readonly gone = new Set<string>()
  /** Instances that were made since the last look at all of them. */
  readonly fresh: { readonly id: string; readonly region: string }[] = []
  readonly eips: Record<AccessKey, KnownEip[]> = { localyun: [], second: [], third: [] }
  readonly kmsKeys: Record<AccessKey, string[]> = {
    localyun: [...seededKeys],
    second: [...seededKeys],
    third: [...seededKeys],
  }
  /** Ids of disks, system events, networks and the like, by the letters that they begin with. */
  readonly others = new Map<string, string[]>()
  /** The last token for the next page, by action. */
  readonly nextTokens = new Map<string, string>()
  readonly faults: string[] = []
  /** Client tokens with the parameters that they came with. */
  readonly clientTokens: { readonly action: string; readonly params: Readonly<Record<string, string>> }[] = []

  of(key: AccessKey): KnownInstance[] {
    return this.instances.filter(instance => instance.account === accounts[key])
  }

  ids(kind: string): readonly string[] {
    return this.others.get(kind) ?? []
  }

  #learnEips(key: AccessKey, region: string, body: string): void {
    const eips = this.eips[key]
    for (const [, id = ''] of body.matchAll(/\b(eip-[a-z0-9]{8,32})\b/g)) {
      if (!eips.some(eip => eip.id === id)) eips.push({ id, region })
      if (eips.length > 40) eips.shift()
    }
  }

  #learnFresh(region: string, body: string): void {
    for (const [, id = ''] of body.matchAll(/\b(i-[a-z0-9]{8,32})\b/g)) this.fresh.push({ id, region })
  }

  learn(step: Step, { status, body }: Answer): void {
    if (step.kind === 'control' && step.path.startsWith('/instances?')) {
      const { instances } = JSON.parse(body) as { instances: KnownInstance[] }
      const now = new Set(instances.map(instance => instance.id))
      for (const { id } of this.instances) if (!now.has(id)) this.gone.add(id)
      this.instances = instances
      this.fresh.length = 0
      return
    }
    if (step.kind === 'control' && step.path === '/faults' && status === 200) {
      const { id } = JSON.parse(body) as { id?: string }
      if (id !== undefined) this.faults.push(id)
      return
    }
    if (step.kind !== 'call' || status !== 200) return
    const key = step.key as AccessKey
    if (/^(Allocate|Describe)EipAddress/.test(step.action)) this.#learnEips(key, step.params['RegionId'] ?? '', body)
    if (/^(Run|Create)Instances?$/.test(step.action)) this.#learnFresh(step.params['RegionId'] ?? '', body)
    if (step.action === 'CreateKey') {
      const id = /"KeyId":"([^"]+)"|<KeyId>([^<]+)</.exec(body)
      remember(this.kmsKeys[key], id?.[1] ?? id?.[2], 40)
    }
    for (const [, id = '', kind = ''] of body.matchAll(/\b((d|e|sg|vsw|vpc)-[a-z0-9]{10,32})\b/g)) {
      let ids = this.others.get(kind)
      if (ids === undefined) this.others.set(kind, (ids = []))
      remember(ids, id, 60)
    }
    const token = /"NextToken":"([^"]+)"|<NextToken>([^<]+)</.exec(body)
    if (token !== null) this.nextTokens.set(step.action, token[1] ?? token[2] ?? '')
    if (step.params['ClientToken'] !== undefined) this.clientTokens.push({ action: step.action, params: step.params })
  }
}

function remember(ids: string[], id: string | undefined, most: number): void {
  if (id === undefined || ids.includes(id)) return
  ids.push(id)
  if (ids.length > most) ids.shift()
}

export function otherRegion(region: string): string {
  return regions.find(other => other !== region) ?? region
}
