/** What every answer of BssOpenApi is put into (help pages of BssOpenApi, samples). */
export function succeeded(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { Code: '200', Message: 'success', Success: true, Data: data }
}
