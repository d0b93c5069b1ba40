import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findInstanceType, instanceTypes } from './instance-types.ts'
import { findRegion, findZone, regions } from './regions.ts'

suite('regions', () => {
  test('there are at least 24 regions', () => {
    assert.ok(regions.length >= 24, `${regions.length} regions`)
  })

  test('region ids, zone ids and id prefixes are unique', () => {
    assertUnique(regions.map(region => region.id))
    assertUnique(regions.map(region => region.idPrefix))
    assertUnique(regions.flatMap(region => region.zones.map(zone => zone.id)))
  })

  test('every region has an id prefix of three characters, its own endpoint and a zone', () => {
    for (const { id, idPrefix, endpoint, zones } of regions) {
      assert.match(idPrefix, /^[a-z0-9]{3}$/, id)
      assert.equal(endpoint, `ecs.${id}.aliyuncs.com`)
      assert.ok(zones.length > 0, id)
    }
  })

  test('a zone id is its region id and a letter, with a dash between them in China only', () => {
    for (const { id, zones } of regions) {
      const pattern = new RegExp(id.startsWith('cn-') ? `^${id}-[a-z]$` : `^${id}[a-z]$`)
      for (const zone of zones) assert.match(zone.id, pattern)
    }
  })

  test('the zones of the busiest regions are those of the documentation', () => {
    const letters: Record<string, string> = {
      'cn-hangzhou-': 'befghijk',
      'cn-beijing-': 'abcdefghijkl',
      'cn-shanghai-': 'abcdefgklmno',
      'cn-hongkong-': 'bcd',
      'ap-southeast-1': 'abc',
    }
    for (const [prefix, expected] of Object.entries(letters)) {
      const ids = findRegion(prefix.replace(/-$/, ''))?.zones.map(zone => zone.id)
      assert.deepEqual(
        ids,
        Array.from(expected, letter => prefix + letter),
      )
    }
  })

  test('regions and zones are named in Chinese, English and Japanese', () => {
    assert.deepEqual(findRegion('cn-hangzhou')?.name, {
      zh: '华东1（杭州）',
      en: 'China (Hangzhou)',
      ja: '中国 (杭州)',
    })
    assert.deepEqual(findZone('cn-hangzhou-h')?.zone.name, {
      zh: '杭州 可用区H',
      en: 'Hangzhou Zone H',
      ja: '杭州 ゾーンH',
    })
    // Names without brackets, and with more than a place in them.
    assert.equal(findZone('ap-southeast-1a')?.zone.name.en, 'Singapore Zone A')
    assert.equal(findZone('cn-hongkong-b')?.zone.name.zh, '香港 可用区B')
    assert.equal(findZone('me-central-1b')?.zone.name.en, 'Riyadh Zone B')
  })

  test('a zone is found together with its region', () => {
    for (const region of regions) {
      assert.equal(findRegion(region.id), region)
      for (const zone of region.zones) assert.deepEqual(findZone(zone.id), { region, zone })
    }
  })

  test('an unknown region or zone is not found', () => {
    assert.equal(findRegion('cn-atlantis'), undefined)
    assert.equal(findZone('cn-hangzhou-z'), undefined)
    assert.equal(findZone('cn-hangzhou'), undefined)
  })
})

suite('instance types', () => {
  test('there are at least 100 types in at least 25 families', () => {
    assert.ok(instanceTypes.length >= 100, `${instanceTypes.length} types`)
    const families = new Set(instanceTypes.map(type => type.family))
    assert.ok(families.size >= 25, `${families.size} families`)
  })

  test('type ids are unique and begin with their family', () => {
    assertUnique(instanceTypes.map(type => type.id))
    for (const { id, family } of instanceTypes) {
      assert.match(family, /^ecs\.[a-z0-9]+(-redis)?$/)
      assert.match(id, /^ecs\.[a-z0-9-]+\.(nano|small|x?large|[1-9][0-9]?xlarge)$/)
      assert.ok(id.startsWith(`${family}.`) || id.startsWith(`${family}-`), id)
    }
  })

  test('every figure of every type is filled in', () => {
    for (const type of instanceTypes) {
      const { id, cpuCores, memoryGiB, eniQuantity, privateIpsPerEni, diskQuantity, bandwidthKbps, pps } = type
      for (const count of [cpuCores, eniQuantity, privateIpsPerEni, diskQuantity, bandwidthKbps, pps]) {
        assert.ok(Number.isInteger(count) && count > 0, id)
      }
      assert.ok(memoryGiB >= 0.5, id)
    }
  })

  // The largest g, c and r sizes leave some memory to the host or have some to spare: hence the tolerance.
  for (const [ratio, names] of [
    [2, ['c5', 'c6', 'c7', 'c8i', 'c8y', 'hfc7', 'sn1ne', 'n4']],
    [4, ['g5', 'g6', 'g7', 'g8i', 'g8y', 'hfg7', 'sn2ne', 'mn4', 'd1ne', 'i2g']],
    [8, ['r5', 'r6', 'r7', 'r8i', 'r8y', 'se1ne', 'e4', 'i2', 'i3', 'i4']],
  ] as const) {
    test(`${names.join(', ')} have about ${ratio} GiB per vCPU`, () => {
      for (const name of names) {
        const types = instanceTypes.filter(type => type.family === `ecs.${name}`)
        assert.ok(types.length > 0, name)
        for (const { id, cpuCores, memoryGiB } of types) {
          const actual = memoryGiB / cpuCores
          assert.ok(actual >= ratio * 0.7 && actual <= ratio * 1.4, `${id} has ${actual}`)
        }
      }
    })
  }

  for (const [id, cpuCores, memoryGiB, localStorage] of [
    ['ecs.g5.large', 2, 8],
    ['ecs.g6.26xlarge', 104, 384],
    ['ecs.g7.large', 2, 8],
    ['ecs.g8i.48xlarge', 192, 1024],
    ['ecs.g8y.small', 1, 4],
    ['ecs.c6.13xlarge', 52, 96],
    ['ecs.c7.xlarge', 4, 8],
    ['ecs.r7.3xlarge', 12, 96],
    ['ecs.r8i.32xlarge', 128, 1024],
    ['ecs.hfc7.24xlarge', 96, 192],
    ['ecs.se1ne.14xlarge', 56, 480],
    ['ecs.re6p.large', 2, 8],
    ['ecs.re6p-redis.13xlarge', 52, 192],
    ['ecs.u1-c1m2.large', 2, 4],
    ['ecs.u1-c1m8.8xlarge', 32, 256],
    ['ecs.e-c4m1.large', 2, 0.5],
    ['ecs.e-c1m2.large', 2, 4],
    ['ecs.s6-c1m1.small', 1, 1],
    ['ecs.xn4.small', 1, 1],
    ['ecs.mn4.8xlarge', 32, 128],
    ['ecs.t5-lc2m1.nano', 1, 0.5],
    ['ecs.t6-c1m1.large', 2, 2],
    ['ecs.gn6i-c4g1.xlarge', 4, 15],
    ['ecs.gn6v-c10g1.20xlarge', 82, 336],
    ['ecs.d1.2xlarge', 8, 32, '4 x 5500 local_hdd_pro'],
    ['ecs.d1-c14d3.14xlarge', 56, 160, '12 x 5500 local_hdd_pro'],
    ['ecs.d1ne.2xlarge', 8, 32, '4 x 5500 local_hdd_pro'],
    ['ecs.d2s.20xlarge', 80, 352, '30 x 7300 local_hdd_pro'],
    ['ecs.d3s.16xlarge', 64, 256, '32 x 11100 local_hdd_pro'],
    ['ecs.i2.xlarge', 4, 32, '1 x 894 local_ssd_pro'],
    ['ecs.i2g.16xlarge', 64, 256, '4 x 1788 local_ssd_pro'],
    ['ecs.i3.26xlarge', 104, 768, '12 x 1788 local_ssd_pro'],
    ['ecs.i4.4xlarge', 16, 128, '1 x 3576 local_ssd_pro'],
  ] as const) {
    const disks = localStorage === undefined ? 'no local disks' : `local disks ${localStorage}`
    test(`${id} has ${cpuCores} vCPUs, ${memoryGiB} GiB and ${disks}`, () => {
      const type = findInstanceType(id)
      assert.equal(type?.cpuCores, cpuCores)
      assert.equal(type.memoryGiB, memoryGiB)
      const { amount, capacityGiB, category } = type.localStorage ?? {}
      assert.equal(amount && `${amount} x ${capacityGiB} ${category}`, localStorage)
    })
  }

  test('the figures of ecs.g6.large are those of the DescribeInstanceTypes example', () => {
    assert.deepEqual(findInstanceType('ecs.g6.large'), {
      id: 'ecs.g6.large',
      family: 'ecs.g6',
      familyLevel: 'EnterpriseLevel',
      category: 'General-purpose',
      cpuCores: 2,
      memoryGiB: 8,
      architecture: 'X86',
      persistentMemory: false,
      eniQuantity: 2,
      privateIpsPerEni: 6,
      diskQuantity: 17,
      bandwidthKbps: 1_024_000,
      pps: 300_000,
    })
  })

  test('r7 replaces the disk quantity of the sizes in which it differs from g7', () => {
    assert.equal(findInstanceType('ecs.g7.4xlarge')?.diskQuantity, 17)
    assert.equal(findInstanceType('ecs.r7.4xlarge')?.diskQuantity, 25)
    assert.equal(findInstanceType('ecs.r7.large')?.diskQuantity, 9)
  })

  test('only the persistent memory families have persistent memory', () => {
    assert.deepEqual(
      familiesWhere(type => type.persistentMemory),
      ['ecs.re6p', 'ecs.re6p-redis', 'ecs.r7p'],
    )
  })

  test('only the d and i families have local disks: HDDs in d, SSDs in i', () => {
    assert.deepEqual(
      familiesWhere(type => type.localStorage?.category === 'local_hdd_pro'),
      ['ecs.d1', 'ecs.d1ne', 'ecs.d2s', 'ecs.d3s'],
    )
    assert.deepEqual(
      familiesWhere(type => type.localStorage?.category === 'local_ssd_pro'),
      ['ecs.i2', 'ecs.i2g', 'ecs.i3', 'ecs.i4'],
    )
  })

  test('only the y families are ARM', () => {
    assert.deepEqual(
      familiesWhere(type => type.architecture === 'ARM'),
      ['ecs.g8y', 'ecs.c8y', 'ecs.r8y'],
    )
  })

  test('GPU types have the GPUs of their family', () => {
    assert.deepEqual(
      familiesWhere(type => type.gpu !== undefined),
      ['ecs.gn6i', 'ecs.gn6v', 'ecs.gn7i'],
    )
    assert.deepEqual(findInstanceType('ecs.gn6i-c4g1.xlarge')?.gpu, { amount: 1, spec: 'NVIDIA T4' })
    assert.deepEqual(findInstanceType('ecs.gn6v-c8g1.16xlarge')?.gpu, { amount: 8, spec: 'NVIDIA V100' })
    assert.deepEqual(findInstanceType('ecs.gn7i-8x.32xlarge')?.gpu, { amount: 8, spec: 'NVIDIA A10' })
  })

  test('burstable types start with 30 credits per vCPU and have a baseline for all vCPUs together', () => {
    for (const type of instanceTypes) {
      assert.equal(type.credits !== undefined, type.familyLevel === 'CreditEntryLevel', type.id)
      if (type.credits) assert.equal(type.credits.initial, 30 * type.cpuCores, type.id)
    }
    assert.deepEqual(findInstanceType('ecs.t5-c1m1.xlarge')?.credits, { initial: 120, baseline: 100 })
    assert.deepEqual(findInstanceType('ecs.t6-c4m1.large')?.credits, { initial: 60, baseline: 10 })
    assert.deepEqual(findInstanceType('ecs.t6-c1m1.large')?.credits, { initial: 60, baseline: 40 })
  })

  test('every listed type is found by its id, an unknown one is not', () => {
    for (const type of instanceTypes) assert.equal(findInstanceType(type.id), type)
    assert.equal(findInstanceType('ecs.g7'), undefined)
    assert.equal(findInstanceType('t3.micro'), undefined)
  })
})

function assertUnique(values: readonly string[]): void {
  const repeated = values.filter((value, index) => values.indexOf(value) !== index)
  assert.deepEqual(repeated, [])
}

function familiesWhere(condition: (type: (typeof instanceTypes)[number]) => boolean): string[] {
  return [...new Set(instanceTypes.filter(condition).map(type => type.family))]
}
