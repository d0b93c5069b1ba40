import { z } from 'zod'
import { SeedError } from '../services/world/seeding.ts'
import type { HttpRequest } from '../protocol/http.ts'
import type { ControlContext } from './context.ts'
import { openApiDocument } from './openapi.ts'
import { ControlError, type Route, type RouteAnswer } from './route.ts'
import { routes } from './routes/index.ts'

/** Finds the route, validates the body, runs it; a ControlError says what was wrong. */
export async function routeControlRequest(
  context: ControlContext,
  request: HttpRequest,
  url: URL,
  path: string,
): Promise<RouteAnswer> {
  if (path === '/openapi.json' && request.method === 'GET') return { json: openApiDocument(routes, context.version) }
  const matches = routes.flatMap(route => {
    const params = matchPath(route.path, path)
    return params === undefined ? [] : [{ route, params }]
  })
  const match = matches.find(({ route }) => route.method === request.method)
  if (match === undefined) {
    if (matches.length === 0) {
      throw new ControlError(404, `There is no /_localyun${path}. GET /_localyun/openapi.json describes what there is.`)
    }
    const methods = matches.map(({ route }) => route.method).join(', ')
    throw new ControlError(405, `/_localyun${path} answers ${methods}, not ${request.method}.`)
  }
  const { route, params } = match
  try {
    return await route.handle(context, {
      param: name => params[name] ?? '',
      query: url.searchParams,
      headers: request.headers,
      body: readBody(route, request),
    })
  } catch (reason) {
    if (reason instanceof SeedError) throw new ControlError(400, `${describePath(reason.path)}: ${reason.message}`)
    throw reason
  }
}

/** The braced parts of a path that fits the pattern. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name !== undefined && text !== '') params[name] = decodePart(text)
    else if (part !== text) return undefined
  }
  return params
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ControlError(400, `The path has a part that is not valid percent-encoding: ${text}.`)
  }
}

function readBody(route: Route, request: HttpRequest): unknown {
  if (route.body === undefined) return undefined
  const text = request.body.toString('utf8')
  const parsed = parseJson(text === '' ? '{}' : text)
  const result = route.body.safeParse(parsed)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = describePath(issue?.path ?? [])
  throw new ControlError(400, `${where}: ${issue?.message ?? 'not valid'}.`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (reason) {
    throw new ControlError(400, `The body is not JSON: ${reason instanceof Error ? reason.message : String(reason)}.`)
  }
}

function describePath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : z.core.toDotPath(path)
}
