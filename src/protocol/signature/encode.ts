/** Percent-encoding of RFC 3986: everything but `A–Z a–z 0–9 - _ . ~` becomes `%XX`. */
export function percentEncode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** By code unit, as the signing clients sort. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
