import type { ErrorName } from '../protocol/errors.ts'
import type { Call } from '../protocol/operation.ts'
import { p } from '../protocol/params.ts'

interface PageOptions {
  /** Entries of a page that does not say how many; 10 unless given. */
  readonly size?: number
  /** 100 unless given. */
  readonly max?: number
  /** Raised when a number is not valid. */
  readonly error?: ErrorName
}

/** Pages by number, as nearly all queries have them. */
export const pageParams = ({ size = 10, max = 100, error = 'InvalidParameter' }: PageOptions = {}) => ({
  PageNumber: p.integer({ default: 1, min: 1, error }),
  PageSize: p.integer({ default: size, min: 1, max, error }),
})

interface PageInput {
  readonly PageNumber: number
  readonly PageSize: number
}

/** The page, for a list that the store pages. */
export function rowsOf({ PageNumber, PageSize }: PageInput): { limit: number; skip: number } {
  return { limit: PageSize, skip: (PageNumber - 1) * PageSize }
}

/** The page of a list that is there as a whole. */
export function pageOf<Item>(items: readonly Item[], { PageNumber, PageSize }: PageInput): Item[] {
  return items.slice((PageNumber - 1) * PageSize, PageNumber * PageSize)
}

/** Goes on behind the last entry of the page before. */
export const nextToken = p.string({ pattern: /^[\w=-]{1,64}$/, badValue: '!' })

/** Pages by number or by token. Fewer than 10 results count as 10, too many as the most there can be. */
export const eitherPageParams = (options: PageOptions = {}) => ({
  MaxResults: p.integer({ min: 1, error: options.error ?? 'InvalidParameter' }),
  NextToken: nextToken,
  ...pageParams(options),
})

interface EitherInput extends PageInput {
  readonly MaxResults: number | undefined
  readonly NextToken: string | undefined
}

/** What a call that may page in either way asks for: by number it says how many rows to skip, by token it may say a place. */
export interface Paging {
  readonly number: number
  readonly size: number
  readonly skip?: number
  readonly token?: string | undefined
}

export function readPaging(input: EitherInput, { max }: { readonly max: number }): Paging {
  const { MaxResults, NextToken: token, PageNumber: number, PageSize: size } = input
  return MaxResults === undefined && token === undefined
    ? { number, size, skip: (number - 1) * size }
    : { number: 1, size: Math.min(max, Math.max(10, MaxResults ?? 10)), token }
}

/** The page and the token of the one behind it, of rows that were asked for with one row more than the page holds. */
export function cutPage<Row>(
  found: readonly Row[],
  size: number,
  write: (last: Row) => string,
): { page: Row[]; NextToken: string } {
  const page = found.slice(0, size)
  const last = page.at(-1)
  return { page, NextToken: found.length > size && last !== undefined ? write(last) : '' }
}

/** A token names the last entry seen by its numbers, so a page costs the same at any depth. The letter says whose token it is. */
export function writePlace(letter: string, ...numbers: readonly number[]): string {
  return Buffer.from(`${letter}${numbers.join('.')}`).toString('base64url')
}

/** The numbers in a token; `count` of them. */
export function readPlace(call: Call<'InvalidParameter'>, token: string, letter: string, count = 1): readonly number[] {
  const text = Buffer.from(token, 'base64url').toString()
  const numbers = text.slice(letter.length).split('.')
  const isPlace = text.startsWith(letter) && numbers.length === count && numbers.every(one => /^\d{1,15}$/.test(one))
  return isPlace ? numbers.map(Number) : call.fail('InvalidParameter', { name: 'NextToken' })
}
