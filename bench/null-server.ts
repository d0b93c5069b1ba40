import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node:querystring'
import { parseArgs } from 'node:util'
import { signV1, stringToSignV1 } from '../src/protocol/signature/v1.ts'
import { secret } from './requests.ts'

/**
 * The reference: what a signed call costs before anything is done for it. Reads the call, verifies its V1 signature,
 * and answers the same bytes every time.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, bytes: { type: 'string', default: '300' } },
})
const frame = { RequestId: '00000000-0000-4000-8000-000000000000', Padding: '' }
const padding = 'x'.repeat(Math.max(0, Number(values.bytes) - JSON.stringify(frame).length))
const answer = Buffer.from(JSON.stringify({ ...frame, Padding: padding }))
const headers = { 'content-type': 'application/json;charset=utf-8', 'content-length': answer.length }

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const query = (request.url ?? '').split('?')[1] ?? ''
    const form = Buffer.concat(chunks).toString('utf8')
    const params = { ...pairs(query), ...pairs(form) }
    const expected = Buffer.from(signV1(stringToSignV1(request.method ?? '', params), secret))
    const given = Buffer.from(params['Signature'] ?? '')
    const isSigned = expected.length === given.length && timingSafeEqual(expected, given)
    response.writeHead(isSigned ? 200 : 400, headers)
    response.end(answer)
  })
})
server.listen(Number(values.port), '127.0.0.1', () => {
  process.stdout.write(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})

function pairs(text: string): Record<string, string> {
  return text === '' ? {} : (parse(text, '&', '=', { maxKeys: 0 }) as Record<string, string>)
}
