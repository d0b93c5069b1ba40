import { ApiError, type ErrorName } from './errors.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'
import { presumedFormat, renderError } from './render/answer.ts'

/** Words an error for a request that nobody has looked into, in a form its sender can read. */
export function refuse(
  requestId: string,
  request: Pick<HttpRequest, 'target' | 'headers'>,
  error: ErrorName,
): HttpAnswer {
  return renderError(
    { requestId, request, format: presumedFormat(request), product: 'Ecs', action: '' },
    new ApiError(error),
  )
}
