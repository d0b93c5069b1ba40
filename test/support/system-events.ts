import type { TestApp } from './app.ts'
import { control } from './control.ts'

/** Plans a system event in this time; returns its id. */
export async function planEvent(server: TestApp, instance: string, type: string, inTime = 'PT30M'): Promise<string> {
  const { status, body } = await control(server, 'POST', `/instances/${instance}/system-events`, {
    type,
    notBefore: { in: inTime },
  })
  if (status !== 200) throw new Error(body.error)
  return body.systemEvent.id
}
