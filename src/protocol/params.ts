import { regionIds } from '../domain/catalogue/regions.ts'
import { ApiError, type ErrorName } from './errors.ts'

/** A call's parameters as they came: query and form together, by name, undecoded. */
export type RawParams = Readonly<Record<string, string | undefined>>

interface ParamOptions {
  /** Raised when the value is not valid; `InvalidParameter` unless given. */
  readonly error?: ErrorName
  /** Accepted but left out of the documents: sent by some clients, of no effect here. */
  readonly hidden?: boolean
}

/** How a parameter is read from the wire. `Value` is what the handler gets. */
export interface Param<Value = unknown> {
  readonly kind:
    | 'string'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'enum'
    | 'time'
    | 'region'
    | 'repeated'
    | 'object'
    | 'json'
  readonly required: boolean
  readonly hidden: boolean
  /** For documents: form, range, default. */
  readonly about: string
  /** A value that is not valid, for the loop over all operations; undefined where every text is. */
  readonly badValue: string | undefined
  /** The error of a bad value. */
  readonly error: ErrorName
  /** Reads the value of `name`; undefined when it was not given. Throws ApiError when it is not valid. */
  read(source: ParamSource, name: string): Value
}

export type ParamSchema = Readonly<Record<string, Param>>

/** What a handler gets for a schema. */
export type InputOf<Schema extends ParamSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Param<infer Value> ? Value : never
}

/** Finds parameters by name and by prefix. */
export class ParamSource {
  readonly #params: RawParams
  /** What stands before the names here: `DataDisk.1.`. */
  readonly #prefix: string
  #groups: Map<string, Record<string, string>> | undefined

  constructor(params: RawParams, prefix = '') {
    this.#params = params
    this.#prefix = prefix
  }

  /** `name` as the client spelled it, for messages. */
  fullName(name: string): string {
    return this.#prefix + name
  }

  /** The text of `name`; undefined when it is absent or empty, which clients use for "not given". */
  text(name: string): string | undefined {
    const value = this.#params[name]
    return value === '' ? undefined : value
  }

  /** Whether anything was sent under `name` or below it, even empty. */
  mentions(name: string): boolean {
    return this.#params[name] !== undefined || this.group(name) !== undefined
  }

  /** What stands below `name.`, as a source of its own; undefined when all of it is empty. */
  below(name: string): ParamSource | undefined {
    const group = this.group(name)
    if (group === undefined || Object.values(group).every(value => value === '')) return undefined
    return new ParamSource(group, `${this.fullName(name)}.`)
  }

  /** The numbers that names here begin with, ascending; empty ones don't count. */
  numbers(): string[] {
    const numbers = new Set<number>()
    for (const name in this.#params) {
      if (this.#params[name] === '') continue
      const digits = /^(0|[1-9]\d{0,5})(?:\.|$)/.exec(name)?.[1]
      if (digits === undefined) throw new ApiError('InvalidParameter', { name: this.fullName(name) })
      numbers.add(Number(digits))
    }
    return [...numbers].sort((a, b) => a - b).map(String)
  }

  /** What stands below `name.`, under the rest of its name. */
  group(name: string): Record<string, string> | undefined {
    this.#groups ??= groupByHead(this.#params)
    return this.#groups.get(name)
  }
}

function groupByHead(params: RawParams): Map<string, Record<string, string>> {
  const groups = new Map<string, Record<string, string>>()
  for (const name in params) {
    const dot = name.indexOf('.')
    const value = params[name]
    if (dot < 1 || value === undefined) continue
    const head = name.slice(0, dot)
    let group = groups.get(head)
    if (group === undefined) groups.set(head, (group = Object.create(null) as Record<string, string>))
    group[name.slice(dot + 1)] = value
  }
  return groups
}

/** Decodes and validates all parameters of a schema. */
export function decode<Schema extends ParamSchema>(schema: Schema, source: ParamSource): InputOf<Schema> {
  for (const name in schema) {
    if (schema[name]?.required === true && !source.mentions(name)) throw new ApiError('MissingRequired', { name })
  }
  const input: Record<string, unknown> = {}
  for (const name in schema) input[name] = schema[name]?.read(source, name)
  return input as InputOf<Schema>
}

type Maybe<Options, Value> = Options extends { required: true } | { default: Value } ? Value : Value | undefined

interface TextOptions extends ParamOptions {
  readonly required?: boolean
  readonly default?: string
  readonly pattern?: RegExp
  readonly about?: string
  /** A value that the pattern refuses. */
  readonly badValue?: string
}

interface NumberOptions extends ParamOptions {
  readonly required?: boolean
  readonly default?: number
  readonly min?: number
  readonly max?: number
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

export const p = {
  /** Text; `required` texts may not be empty. */
  string: <const O extends TextOptions>(options: O = {} as O): Param<Maybe<O, string>> =>
    scalar(options, {
      kind: 'string',
      about: options.about ?? (options.pattern === undefined ? 'text' : `text matching \`${options.pattern.source}\``),
      badValue: options.badValue,
      parse: text => (options.pattern === undefined || options.pattern.test(text) ? text : undefined),
    }),

  /** A region id of the catalogue. */
  region: <const O extends { required?: boolean; error?: ErrorName }>(options: O = {} as O): Param<Maybe<O, string>> =>
    scalar(
      { error: 'InvalidRegionId.NotFound', ...options },
      {
        kind: 'region',
        about: 'a region id',
        badValue: 'xx-nowhere',
        parse: text => (regionIds.has(text) ? text : undefined),
      },
    ),

  integer: <const O extends NumberOptions>(options: O = {} as O): Param<Maybe<O, number>> =>
    scalar(options, {
      kind: 'integer',
      about: `whole number${range(options)}`,
      badValue: 'many',
      parse: text => within(options, /^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
    }),

  number: <const O extends NumberOptions>(options: O = {} as O): Param<Maybe<O, number>> =>
    scalar(options, {
      kind: 'number',
      about: `number${range(options)}`,
      badValue: 'much',
      parse: text => within(options, /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined),
    }),

  /** `true` or `false` in any case: Python clients send `True`. */
  boolean: <const O extends ParamOptions & { required?: boolean; default?: boolean }>(
    options: O = {} as O,
  ): Param<Maybe<O, boolean>> =>
    scalar(options, {
      kind: 'boolean',
      about: '`true` or `false`',
      badValue: 'perhaps',
      parse: text => booleans.get(text.toLowerCase()),
    }),

  enum: <
    const Values extends readonly string[],
    const O extends ParamOptions & { required?: boolean; default?: Values[number] },
  >(
    values: Values,
    options: O = {} as O,
  ): Param<Maybe<O, Values[number]>> =>
    scalar(options, {
      kind: 'enum',
      about: values.map(value => `\`${value}\``).join(', '),
      badValue: 'Nonsense',
      parse: text => values.find(value => value === text),
    }),

  /** A UTC time, `yyyy-MM-ddTHH:mmZ` or with seconds; in ms since the epoch. */
  time: <const O extends ParamOptions & { required?: boolean }>(options: O = {} as O): Param<Maybe<O, number>> =>
    scalar(options, {
      kind: 'time',
      about: 'UTC time `yyyy-MM-ddTHH:mm[:ss]Z`',
      badValue: 'tomorrow',
      parse: parseTime,
    }),

  /** `Name.1`, `Name.2`, …: in numeric order, gaps ignored. `mustHold` is raised when none is left. */
  repeated: <Value>(
    item: Param<Value | undefined>,
    options: {
      required?: boolean
      hidden?: boolean
      max?: number
      tooMany?: ErrorName
      mustHold?: ErrorName
      about?: string
    } = {},
  ): Param<Value[]> => ({
    kind: 'repeated',
    required: options.required ?? false,
    hidden: options.hidden ?? false,
    about: `${options.about ?? `list of ${item.about}`}${options.max === undefined ? '' : `, 1 to ${options.max} of them`}`,
    badValue: item.badValue,
    error: item.error,
    read(source, name) {
      const items = source.below(name) ?? new ParamSource({})
      const numbers = items.numbers()
      // A value without its number is an oversight that an empty list would hide.
      if (numbers.length === 0 && source.text(name) !== undefined) {
        throw new ApiError('MissingRequired', { name: `${source.fullName(name)}.1` })
      }
      if (options.max !== undefined && numbers.length > options.max) {
        throw new ApiError(options.tooMany ?? 'InvalidParameter', { name: source.fullName(name) })
      }
      const values = numbers.map(number => item.read(items, number)).filter(value => value !== undefined)
      if (values.length === 0 && options.mustHold !== undefined) throw new ApiError(options.mustHold)
      return values
    },
  }),

  /** `Name.Field`; undefined when no field was given. */
  object: <const Schema extends ParamSchema>(
    schema: Schema,
    options: { hidden?: boolean } = {},
  ): Param<InputOf<Schema> | undefined> => ({
    kind: 'object',
    required: false,
    hidden: options.hidden ?? false,
    about: `object of ${Object.keys(schema).join(', ')}`,
    badValue: undefined,
    error: 'InvalidParameter',
    read(source, name) {
      const inner = source.below(name)
      if (inner === undefined) return undefined
      const value: Record<string, unknown> = {}
      for (const field in schema) value[field] = schema[field]?.read(inner, field)
      return value as InputOf<Schema>
    },
  }),

  /** A JSON array of texts in one parameter, at most 100. */
  jsonList: (
    options: { required?: boolean; error?: ErrorName; tooMany?: ErrorName } = {},
  ): Param<string[] | undefined> => ({
    kind: 'json',
    required: options.required ?? false,
    hidden: false,
    about: 'JSON array of texts, at most 100 of them',
    badValue: '[',
    error: options.error ?? 'InvalidParameter',
    read(source, name) {
      const text = source.text(name)
      if (text === undefined) {
        if (options.required === true) throw new ApiError('MissingRequired', { name: source.fullName(name) })
        return undefined
      }
      const list = parseJson(text)
      if (!Array.isArray(list) || !list.every(item => typeof item === 'string')) {
        throw new ApiError(options.error ?? 'InvalidParameter', { name: source.fullName(name) })
      }
      if (list.length > 100) {
        throw new ApiError(options.tooMany ?? 'InvalidParameter', { name: source.fullName(name) })
      }
      return list
    },
  }),
}

/** Parameters of every ECS operation that carry no meaning any more; clients still send them. */
export const compatibilityParams = {
  OwnerId: p.integer({ hidden: true }),
  OwnerAccount: p.string({ hidden: true }),
  ResourceOwnerId: p.integer({ hidden: true }),
  ResourceOwnerAccount: p.string({ hidden: true }),
} as const

function scalar<Value, Result>(
  options: ParamOptions & { required?: boolean; default?: Value },
  form: {
    kind: Param['kind']
    about: string
    badValue: string | undefined
    parse: (text: string) => Value | undefined
  },
): Param<Result> {
  const error = options.error ?? 'InvalidParameter'
  const fallback = options.default === undefined ? '' : `; default \`${String(options.default)}\``
  return {
    kind: form.kind,
    required: options.required ?? false,
    hidden: options.hidden ?? false,
    about: form.about + fallback,
    badValue: form.badValue,
    error,
    read(source, name) {
      const text = source.text(name)
      if (text === undefined) {
        if (options.required === true) throw new ApiError('MissingRequired', { name: source.fullName(name) })
        return options.default as Result
      }
      const value = form.parse(text)
      if (value === undefined) throw new ApiError(error, { name: source.fullName(name) })
      return value as unknown as Result
    },
  }
}

function range({ min, max }: NumberOptions): string {
  if (min === undefined && max === undefined) return ''
  const edges = max === undefined ? `, at least ${min}` : `, ${min ?? 'any'} to ${max}`
  return edges
}

function within({ min = -Infinity, max = Infinity }: NumberOptions, value: number | undefined): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined
}

function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
