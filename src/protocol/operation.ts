import type { AccountFacts } from '../domain/instances/types.ts'
import type { Policy } from '../domain/identity/policy.ts'
import type { Random } from '../platform/random.ts'
import type { Services } from '../services/services.ts'
import type { Tx } from '../store/store.ts'
import type { ErrorName, ErrorWords } from './errors.ts'
import type { InputOf, ParamSchema } from './params.ts'
import type { Target } from './resources.ts'

export const products = {
  Ecs: '2014-05-26',
  Kms: '2016-01-20',
  Sts: '2015-04-01',
  Vpc: '2016-04-28',
  Location: '2015-06-12',
  BssOpenApi: '2017-12-14',
  Cdt: '2021-08-13',
} as const
export type Product = keyof typeof products

/** How a product differs on the wire from the others. */
export interface WireRules {
  /** The format of answers to a call that asks for none. */
  readonly defaultFormat: 'json' | 'xml'
  /** The root element of every answer in XML. */
  readonly xmlRoot: string
  /** Whether the host, `kms.cn-beijing.…`, tells the region of a call that names none. */
  readonly hostNamesRegion: boolean
  /** What a RAM user without permission gets. */
  readonly denial: ErrorName
}

export const wireRules: Readonly<Partial<Record<Product, WireRules>>> = {
  // Help pages "Common parameters" and "Responses" of KMS.
  Kms: { defaultFormat: 'json', xmlRoot: 'KMS', hostNamesRegion: true, denial: 'Forbidden.NoPermission' },
}

/** What policies call a product, where that is not its name. */
const policyNames: Readonly<Partial<Record<Product, string>>> = { BssOpenApi: 'bss' }

export function policyName(product: Product): string {
  return policyNames[product] ?? product.toLowerCase()
}

/** Who calls: the account itself, or a RAM user of it, who may do what the policy says. */
export interface Principal {
  readonly account: AccountFacts
  readonly accessKeyId: string
  readonly policy: Policy | undefined
}

/** What a handler knows of the call besides its input. */
export interface Call<Errors extends ErrorName = never> {
  /** Upper-case UUID, in the answer's body and headers. */
  readonly requestId: string
  readonly principal: Principal
  readonly tx: Tx
  readonly services: Services
  readonly random: Random
  /** Instance time, ms. */
  readonly now: number
  /** The machine's time, ms. */
  readonly wallNow: number
  /** The caller may not see anything: answer as if there were nothing. */
  readonly answerEmpty: boolean
  /** Ends the call with an error of the catalogue that the operation has declared. */
  readonly fail: (error: Errors, words?: ErrorWords) => never
}

export type AccessLevel = 'list' | 'read' | 'create' | 'update' | 'delete'

/** `Name` is what the operation's parameters are called. */
export interface Access<Name extends string = string> {
  readonly level: AccessLevel
  /** As policies spell the action, where that is not `product:Action`. */
  readonly action?: string
  /** What a RAM user must be allowed to act on: all of it, or the call is denied. */
  readonly on: Target<Name> | readonly Target<Name>[]
  /** What a RAM user without permission gets: an error, or (some queries) an answer with nothing in it. */
  readonly denied?: 'empty'
}

/** One example call, printed in the documents and run by a test. */
export interface Example {
  readonly title: string
  readonly params: Readonly<Record<string, string>>
}

/** What an operation was written from. */
export interface Evidence {
  /** Title of the help page of the API reference. */
  readonly page: string
  /** What it was written from where there is no help page. */
  readonly kind?: 'SDK model'
  /** The revisions of it that were compared, where more than the current one was or the date matters. */
  readonly revisions?: string
}

/** What a handler answers: the body without its RequestId; undefined has nothing else. */
export type Output = Readonly<Record<string, unknown>> | undefined

/** What a ClientToken does. */
export interface Idempotence<Input, Errors extends ErrorName = ErrorName> {
  /** Answers a token that comes back with other parameters. */
  readonly mismatch: Errors
  /** What must be the same when a token comes back; all parameters but the token, unless given. */
  compared?(input: Input): Readonly<Record<string, unknown>>
  /**
   * Whether what the call asks for is so, as far as what it is about is still there. An operation that changes something has it: while
   * it holds, a repeated token gets the kept answer; otherwise the change is made again. One that creates or buys something lacks
   * it, and does that once per token.
   */
  holds?(call: Call, input: Input): Promise<boolean>
  /** `shared`: clients use one token for different changes of a resource. Other parameters are a mismatch only while what they ask for holds. */
  readonly tokens?: 'shared'
}

/** One API operation, whole: the pipeline, the documents and the tests read the same value. */
export interface Operation<
  Schema extends ParamSchema = ParamSchema,
  Errors extends ErrorName = ErrorName,
  Action extends string = string,
  Answer extends Output = Output,
  Wire extends Output = Answer,
> {
  readonly product: Product
  readonly action: Action
  readonly summary: string
  readonly evidence: Evidence
  readonly access: Access
  readonly params: Schema
  /** Parameters that name instances, besides those of `access`: fault rules look at them. */
  readonly instancesIn?: readonly (keyof NoInfer<Schema> & string)[]
  /** Real parameters that we can't honour yet; giving one is an error, since ignoring it would change the result. */
  readonly refused?: readonly string[]
  /** What the handler may answer besides the errors that are common to all operations. */
  readonly errors: readonly Errors[]
  readonly examples: readonly Example[]
  /** What `ClientToken` does; it must be among the parameters. Absent: every call is one of its own. */
  readonly idempotent?: Idempotence<InputOf<Schema>, NoInfer<Errors>>
  /** A ClientToken keeps what it answers. */
  handle(call: Call<Errors>, input: InputOf<Schema>): Promise<Answer>
  /** The answer in its form on the wire, where that is another. */
  render?(answer: NonNullable<Answer>): Wire
}

/** An operation whose schema and errors are no longer known to the compiler. */
export type AnyOperation = Operation

/** The compiler goes on knowing what the operation is called and what it answers. */
export function defineOperation<
  const Schema extends ParamSchema,
  const Errors extends ErrorName,
  const Action extends string,
  Answer extends Output = Output,
  Wire extends Output = Answer,
>(
  operation: Operation<Schema, Errors, Action, Answer, Wire> & {
    readonly access: Access<NoInfer<keyof Schema & string>>
  },
): Operation<ParamSchema, ErrorName, Action, Answer, Wire> {
  return operation
}

/** The action that a RAM user must be allowed. */
export function ramAction({ product, action, access }: AnyOperation): string {
  return access.action ?? `${policyName(product)}:${action}`
}

/** Whether a call of this operation may change something. */
export function changesState(operation: AnyOperation): boolean {
  return operation.access.level !== 'list' && operation.access.level !== 'read'
}
