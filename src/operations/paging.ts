import type { Call } from '../protocol/operation.ts'

/** A token names the last entry seen by its number, so a page costs the same at any depth. */
export function writePlace(seq: number): string {
  return Buffer.from(`s${seq}`).toString('base64url')
}

export function readPlace(call: Call<'InvalidParameter'>, token: string): number {
  const match = /^s(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())
  return match === null ? call.fail('InvalidParameter', { name: 'NextToken' }) : Number(match[1])
}
