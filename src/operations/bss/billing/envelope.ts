/** What every answer of BssOpenApi is put into (help pages of BssOpenApi, samples). */
export function succeeded<Data>(data: Data) {
  return { Code: '200', Message: 'success', Success: true, Data: data }
}
