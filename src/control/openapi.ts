import { z } from 'zod'
import type { Route } from './route.ts'

/** The OpenAPI 3.1 document of the control API. */
export function openApiDocument(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = (paths[`/_localyun${route.path}`] ??= {})
    path[route.method.toLowerCase()] = {
      summary: route.summary,
      ...describeParameters(route),
      ...describeBody(route),
      responses: {
        200: { description: 'Done.', content: { [route.produces ?? 'application/json']: {} } },
        '4XX': { description: 'Refused; `error` says why and what to do.' },
      },
    }
  }
  return { openapi: '3.1.0', info: { title: 'localyun control API', version }, paths }
}

function describeParameters(route: Route): { parameters?: unknown[] } {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(route.query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...inQuery]
  return parameters.length === 0 ? {} : { parameters }
}

function describeBody(route: Route): { requestBody?: unknown } {
  if (route.body === undefined) return {}
  const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' })
  return { requestBody: { content: { 'application/json': { schema } } } }
}
