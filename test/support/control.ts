import type { TestApp } from './app.ts'

/** Calls the control API of a server. */
export async function control(
  server: TestApp,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${server.app.endpoint}/_localyun${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}
