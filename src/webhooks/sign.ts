import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A secret of the length that Standard Webhooks recommends. */
export function newSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`
}

/** Standard Webhooks asks for 24 to 64 bytes, in base64 after `whsec_`. */
export function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false
  const { length } = secretKey(text)
  return length >= 24 && length <= 64
}

/** The headers that identify and sign a request (Standard Webhooks 1.0); `at` is the machine's time, ms. */
export function signedHeaders(secret: string, message: { id: string; at: number; body: string }) {
  const timestamp = String(Math.floor(message.at / 1000))
  const signature = createHmac('sha256', secretKey(secret))
    .update(`${message.id}.${timestamp}.${message.body}`)
    .digest('base64')
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

function secretKey(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64')
}
