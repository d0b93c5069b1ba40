import { p } from '../../../protocol/params.ts'

const languages = ['zh-CN', 'zh-TW', 'en-US', 'ja', 'fr', 'de', 'ko'] as const

export const acceptLanguage = p.enum(languages, { default: 'zh-CN', error: 'InvalidAcceptLanguage.NotFound' })

interface Name {
  readonly zh: string
  readonly en: string
  readonly ja: string
}

/** Names are known in Chinese, English and Japanese; the other languages get English. */
export function localName(name: Name, language: (typeof languages)[number]): string {
  if (language === 'zh-CN' || language === 'zh-TW') return name.zh
  return language === 'ja' ? name.ja : name.en
}
