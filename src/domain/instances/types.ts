export const instanceStatuses = ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped'] as const
export type InstanceStatus = (typeof instanceStatuses)[number]

export const stopModes = ['KeepCharging', 'StopCharging'] as const
/** `StopCharging` is economical mode, `KeepCharging` standard mode. */
export type StopMode = (typeof stopModes)[number]

export const chargeTypes = ['PostPaid', 'PrePaid'] as const
export type ChargeType = (typeof chargeTypes)[number]

export const networkTypes = ['vpc', 'classic'] as const
export type NetworkType = (typeof networkTypes)[number]

export const spotStrategies = ['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo'] as const
export type SpotStrategy = (typeof spotStrategies)[number]

export const lockReasons = ['financial', 'security', 'Recycling', 'dedicatedhostfinancial', 'refunded'] as const
export type LockReason = (typeof lockReasons)[number]

/** What a machine is busy with between a call and its end. `stop` and `start` show in the status; the others don't. */
export const operations = ['provision', 'start', 'stop', 'deallocate', 'reboot', 'release'] as const
export type OperationInFlight = (typeof operations)[number]

/** Whether an account may use KMS at all. */
export const kmsServiceStates = ['open', 'not-activated', 'closed'] as const
export type KmsServiceState = (typeof kmsServiceStates)[number]

export const kmsKeyStates = ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'] as const
export type KmsKeyState = (typeof kmsKeyStates)[number]

/** How a guest answers the power button. `slow` takes `seconds`; `ignore` never shuts down by itself. */
export interface Guest {
  readonly shutdown: 'prompt' | 'slow' | 'ignore'
  /** Whole seconds a slow guest takes; 1 to 86,400. */
  readonly seconds?: number
}

/** What the rules of stop, start, reboot and release look at. */
export interface InstanceFacts {
  readonly id: string
  /** Grows with every instance made; newest first is by this. */
  readonly seq: number
  readonly accountId: string
  readonly regionId: string
  readonly zoneId: string
  readonly type: string
  readonly status: InstanceStatus
  readonly operation: OperationInFlight | null
  readonly stopMode: StopMode | null
  readonly chargeType: ChargeType
  readonly spotStrategy: SpotStrategy
  readonly networkType: NetworkType
  readonly locks: readonly LockReason[]
  readonly kmsKeyIds: readonly string[]
  /** Belongs to another cloud product, which alone may stop or release it. */
  readonly managed: boolean
  readonly deletionProtection: boolean
  readonly guest: Guest
  /** An economical stop has taken its static public address; the next start brings another. */
  readonly regainsPublicIp: boolean
  /** When a subscription ends; null for pay-as-you-go. */
  readonly expiresAt: number | null
  /** The platform is going to reboot it, unless its user reboots or stops it before. */
  readonly rebootPlanned: boolean
  /** The host that has its machine; null for a simulated one. */
  readonly hostId: string | null
}

export interface AccountFacts {
  readonly id: string
  /** 1/100 CNY, as settled last; below zero the account is in arrears. */
  readonly balanceFen: number
  /** The account-wide switch "default economical mode for VPC instances". */
  readonly defaultEconomicalMode: boolean
  readonly kms: KmsServiceState
}

export interface KmsKeyFacts {
  readonly id: string
  readonly state: KmsKeyState
  /** Carries the tag that lets ECS use it. */
  readonly ecsTag: boolean
  /** ECS's service role may use it. */
  readonly ecsAuthorized: boolean
}
