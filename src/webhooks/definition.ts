import { z } from 'zod'
import { eventStates } from '../store/tables/events.ts'
import { isSecret } from './sign.ts'

/** What a webhook can be told, as the control API and the library take it. */
export const webhookDefinition = z.strictObject({
  url: z.string().max(2000).refine(isUsable, {
    message: 'must be a URL that begins with http:// or https://, without a user name or password',
  }),
  secret: z
    .string()
    .refine(isSecret, { message: 'must be whsec_ and 24 to 64 bytes in base64; leave it out to get one' })
    .optional(),
  instanceId: z.string().min(1).optional(),
  account: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  states: z.array(z.enum(eventStates)).min(1).optional(),
})

function isUsable(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}
