import type { z } from 'zod'
import type { EventStream } from '../protocol/http.ts'
import type { ControlContext } from './context.ts'

/** One path of the control API, whole: routing, validation and the OpenAPI document read the same value. */
export interface Route<Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/instances/{id}/locks/{reason}` */
  readonly path: string
  readonly summary: string
  /** Says what the JSON body must be; absent means there is none. */
  readonly body?: z.ZodType<Body>
  /** Names of query parameters, with what they mean. */
  readonly query?: Readonly<Record<string, string>>
  /** The media type of the answer, where it is not JSON. */
  readonly produces?: string
  handle(context: ControlContext, request: RouteRequest<Body>): Promise<RouteAnswer>
}

export interface RouteRequest<Body> {
  /** A braced part of the path. */
  readonly param: (name: string) => string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Body
}

/** JSON, text, or a stream of server-sent events. */
export type RouteAnswer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly text: string; readonly contentType: string }
  | { readonly stream: EventStream }

export function defineRoute<Body>(route: Route<Body>): Route {
  return route
}

/** A control request is wrong; the message says what to do. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
