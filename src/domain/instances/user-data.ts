/** Of user data before its Base64 encoding, bytes. */
const maxUserData = 32 * 1024

export function isBase64(text: string): boolean {
  return /^[A-Za-z\d+/\s]*={0,2}\s*$/.test(text)
}

/** Whether user data is too large; text that is not Base64 counts as it is. */
export function exceedsUserData(text: string): boolean {
  return Buffer.from(text, isBase64(text) ? 'base64' : 'utf8').length > maxUserData
}
