/** Exactly this text: some clients decode a body twice when the charset is missing. */
export const jsonContentType = 'application/json;charset=utf-8'

export function renderJson(body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(body)
}
