export interface Region {
  /** As the API spells it: `cn-hangzhou`. */
  readonly id: string
  /** DescribeRegions' `LocalName` by `AcceptLanguage`. */
  readonly name: LocalName
  /** DescribeRegions' `RegionEndpoint`. */
  readonly endpoint: string
  /** The three characters after the dash of every resource id of the region: `i-bp1…` in Hangzhou. */
  readonly idPrefix: string
  readonly zones: readonly Zone[]
}

export interface Zone {
  /** `cn-hangzhou-h` in China, `ap-southeast-1a` elsewhere. */
  readonly id: string
  readonly name: LocalName
}

interface LocalName {
  readonly zh: string
  readonly en: string
  readonly ja: string
}

// Ids, Chinese names and zones: "Regions and zones supported by ECS" (支持的地域和可用区列表), which has gaps between
// zone letters.
//
// Id prefixes are not documented; they are read off resource ids in published examples. No example was found for
// cn-nanjing, cn-fuzhou, cn-wuhan-lr, cn-zhengzhou-jva and na-south-1: their prefixes are made up, but distinct.
// The Japanese zone names follow the English pattern.
export const regions: readonly Region[] = [
  region('cn-qingdao', 'm5e', 'bc', '华北1（青岛）', 'China (Qingdao)', '中国 (青島)'),
  region('cn-beijing', '2ze', 'abcdefghijkl', '华北2（北京）', 'China (Beijing)', '中国 (北京)'),
  region('cn-zhangjiakou', '8vb', 'abc', '华北3（张家口）', 'China (Zhangjiakou)', '中国 (張家口)'),
  region('cn-huhehaote', 'hp3', 'ab', '华北5（呼和浩特）', 'China (Hohhot)', '中国 (フフホト)'),
  region('cn-wulanchabu', '0jl', 'abc', '华北6（乌兰察布）', 'China (Ulanqab)', '中国 (ウランチャブ)'),
  region('cn-hangzhou', 'bp1', 'befghijk', '华东1（杭州）', 'China (Hangzhou)', '中国 (杭州)'),
  region('cn-shanghai', 'uf6', 'abcdefgklmno', '华东2（上海）', 'China (Shanghai)', '中国 (上海)'),
  // "Local regions" have one zone; Nanjing and Fuzhou are being closed but are still listed.
  region('cn-nanjing', 'gc7', 'a', '华东5（南京-本地地域）', 'China (Nanjing - Local Region)', '中国 (南京)'),
  region('cn-fuzhou', 'gw0', 'a', '华东6（福州-本地地域）', 'China (Fuzhou - Local Region)', '中国 (福州)'),
  region('cn-wuhan-lr', 'n4a', 'a', '华中1（武汉-本地地域）', 'China (Wuhan - Local Region)', '中国 (武漢)'),
  region('cn-zhengzhou-jva', 'q3h', 'a', '郑州（联通云）', 'China (Zhengzhou)', '中国 (鄭州)', [
    '郑州（联通云）',
    'Zhengzhou',
    '鄭州',
  ]),
  region('cn-shenzhen', 'wz9', 'abcdef', '华南1（深圳）', 'China (Shenzhen)', '中国 (深セン)'),
  region('cn-heyuan', 'f8z', 'ab', '华南2（河源）', 'China (Heyuan)', '中国 (河源)'),
  region('cn-guangzhou', '7xv', 'ab', '华南3（广州）', 'China (Guangzhou)', '中国 (広州)'),
  region('cn-chengdu', '2vc', 'ab', '西南1（成都）', 'China (Chengdu)', '中国 (成都)'),
  region('cn-hongkong', 'j6c', 'bcd', '中国香港', 'China (Hong Kong)', '中国 (香港)', ['香港', 'Hong Kong', '香港']),
  region('ap-southeast-1', 't4n', 'abc', '新加坡', 'Singapore', 'シンガポール'),
  region(
    'ap-southeast-3',
    '8ps',
    'abc',
    '马来西亚（吉隆坡）',
    'Malaysia (Kuala Lumpur)',
    'マレーシア (クアラルンプール)',
  ),
  region('ap-southeast-5', 'k1a', 'abc', '印度尼西亚（雅加达）', 'Indonesia (Jakarta)', 'インドネシア (ジャカルタ)'),
  region('ap-southeast-6', '5ts', 'ab', '菲律宾（马尼拉）', 'Philippines (Manila)', 'フィリピン (マニラ)'),
  region('ap-southeast-7', '0jo', 'ab', '泰国（曼谷）', 'Thailand (Bangkok)', 'タイ (バンコク)'),
  region('ap-northeast-1', '6we', 'abc', '日本（东京）', 'Japan (Tokyo)', '日本 (東京)'),
  region('ap-northeast-2', 'mj7', 'ab', '韩国（首尔）', 'South Korea (Seoul)', '韓国 (ソウル)'),
  // Closed in 2024, yet still in the endpoint map of every SDK.
  region('ap-south-1', 'a2d', 'ab', '印度（孟买）', 'India (Mumbai)', 'インド (ムンバイ)'),
  region('ap-southeast-2', 'p0w', 'ab', '澳大利亚（悉尼）', 'Australia (Sydney)', 'オーストラリア (シドニー)'),
  region('us-west-1', 'rj9', 'ab', '美国（硅谷）', 'US (Silicon Valley)', '米国 (シリコンバレー)'),
  region('us-east-1', '0xi', 'ab', '美国（弗吉尼亚）', 'US (Virginia)', '米国 (バージニア)'),
  region('eu-central-1', 'gw8', 'abc', '德国（法兰克福）', 'Germany (Frankfurt)', 'ドイツ (フランクフルト)'),
  region('eu-west-1', 'd7o', 'ab', '英国（伦敦）', 'UK (London)', '英国 (ロンドン)'),
  region('me-east-1', 'eb3', 'ab', '阿联酋（迪拜）', 'UAE (Dubai)', 'アラブ首長国連邦 (ドバイ)'),
  region('me-central-1', 'l4v', 'ab', '沙特（利雅得）', 'SAU (Riyadh - Partner Region)', 'サウジアラビア (リヤド)'),
  region('na-south-1', '4hf', 'a', '墨西哥', 'Mexico', 'メキシコ'),
]

const regionsById = new Map(regions.map(each => [each.id, each]))
export const regionIds: ReadonlySet<string> = new Set(regionsById.keys())
const zonesById = new Map(regions.flatMap(each => each.zones.map(zone => [zone.id, { region: each, zone }])))

export function findRegion(id: string): Region | undefined {
  return regionsById.get(id)
}

export function findZone(id: string): { region: Region; zone: Zone } | undefined {
  return zonesById.get(id)
}

/** `places` names the zones where the brackets of the region's name do not. */
function region(
  id: string,
  idPrefix: string,
  zoneLetters: string,
  zh: string,
  en: string,
  ja: string,
  places: readonly [zh: string, en: string, ja: string] = [inBrackets(zh), inBrackets(en), inBrackets(ja)],
): Region {
  return {
    id,
    name: { zh, en, ja },
    // SDK endpoint maps also know older spellings, such as ecs-cn-hangzhou; DescribeRegions does not return those.
    endpoint: `ecs.${id}.aliyuncs.com`,
    idPrefix,
    zones: Array.from(zoneLetters, letter => zone(id, letter, places)),
  }
}

function zone(regionId: string, letter: string, [zh, en, ja]: readonly [string, string, string]): Zone {
  const upper = letter.toUpperCase()
  return {
    id: /\d$/.test(regionId) ? `${regionId}${letter}` : `${regionId}-${letter}`,
    name: { zh: `${zh} 可用区${upper}`, en: `${en} Zone ${upper}`, ja: `${ja} ゾーン${upper}` },
  }
}

/** The place in `China (Hangzhou)` and in `China (Nanjing - Local Region)`; the whole name if it has no brackets. */
function inBrackets(name: string): string {
  return /[（(](.+?)( - .+)?[）)]/.exec(name)?.[1] ?? name
}

export function getRegion(id: string): Region {
  const region = regions.find(one => one.id === id)
  if (region === undefined) throw new Error(`There is no region ${id}.`)
  return region
}
