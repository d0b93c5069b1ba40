/**
 * Every error there is: name → HTTP status and message. A name is the wire code, with `#variant` where one code has
 * several statuses or texts. `{word}` in a message is filled in. Sources: errors listed on the operations' help pages
 * and the gateway's common errors; docs/compatibility.md says which are assumed.
 */
export const catalogue = {
  // Frame of the request
  'InvalidApi.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  'InvalidAction.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  NotImplemented: [
    501,
    '{product} has the action {action}, but localyun does not implement it yet. See docs/reference/operations.md for what it does.',
  ],
  'NotImplemented#parameter': [
    501,
    '{action} has the parameter {name}, but localyun does not implement it yet. Leave it out.',
  ],
  'NotImplemented#value': [501, '{action} has {name}={value}, but localyun does not implement it yet.'],
  UnsupportedHTTPMethod: [400, 'This HTTP method is not supported.'],
  InvalidVersion: [400, 'Specified parameter Version is not valid.'],
  'InvalidParameter.Format': [400, 'Specified parameter format is not valid.'],
  MissingParameter: [
    400,
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
  ],
  MissingRequired: [400, '{name} is mandatory for this action.'],
  RequestTooLarge: [413, 'The request body is larger than 1 MiB.'],
  RequestHeaderTooLarge: [431, 'The request line and headers are larger than 64 KiB.'],
  RequestTimeout: [408, 'The request did not arrive completely within its time limit.'],
  MalformedRequest: [400, 'The request is not valid HTTP.'],
  UnsupportedBody: [415, 'The request body must be application/x-www-form-urlencoded.'],

  // Signature
  'InvalidAccessKeyId.NotFound': [404, 'Specified access key is not found.'],
  'InvalidAccessKeyId.Inactive': [400, 'Specified access key is disabled.'],
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards.'],
  InvalidSignatureMethod: [400, 'Specified signature method is not valid.'],
  SignatureDoesNotMatch: [
    400,
    'Specified signature is not matched with our calculation. server string to sign is:{stringToSign}',
  ],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [400, 'Specified SecurityToken does not belong to the access key.'],

  // Common
  'Forbidden.RAM': [403, "User not authorized to operate on the specified resource, or this API doesn't support RAM."],
  InvalidParameter: [400, 'The specified parameter "{name}" is not valid.'],
  'InvalidRegionId.NotFound': [404, 'The specified RegionId does not exist.'],
  'InvalidRegionId.NotFound#creation': [404, 'The RegionId provided does not exist in our records.'],
  IdempotentParameterMismatch: [400, 'The request is retried with updated parameters.'],
  'InvalidClientToken.ValueNotSupported': [400, 'The specified ClientToken is not valid: at most 64 ASCII characters.'],
  OperationConflict: [409, 'Request was denied due to conflict with a previous request.'],
  InternalError: [500, 'The request processing has failed due to some unknown error.'],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
  'ServiceUnavailable#host': [
    503,
    'The request has failed due to a temporary failure of the server: the host {host} of the instance is away.',
  ],
  'ServiceUnavailable#console': [
    503,
    'The request has failed due to a temporary failure of the server: only the host {host} of the instance has its console. Ask {address}.',
  ],
  'LimitedOperation.ServiceUnavailable': [503, 'The service is currently unavailable. Please try again later.'],
  'Throttling.User': [400, 'Request was denied due to user flow control.'],
  'DRYRUN.SUCCESS': [400, 'This request is a dryrun request with successful result.'],
  DryRunOperation: [400, 'Request validation has been passed with DryRun flag set.'],

  // Ids
  'InvalidInstanceId.NotFound': [404, 'The specified InstanceId does not exist.'],
  'InvalidInstanceId.NotFound#null': [403, 'InstanceId should not be null.'],
  'InvalidInstanceId.NotFound#region': [404, 'The specified InstanceId does not exist in the region {region}.'],
  'InvalidInstanceIds.NotFound': [404, 'The specified InstanceIds does not exist.'],
  'InvalidInstanceIds.ValueNotSupported': [403, 'The specified instanceIds is not valid.'],
  'InvalidInstanceIds.Malformed': [400, 'The specified InstanceIds is malformed.'],
  'InvalidParameter#InstanceId': [400, 'The input parameter InstanceId is invalid.'],
  'InvalidParameter.TooManyInstanceIds': [403, 'Instance ids cannot be more than 100.'],
  'Abs.InvalidInstanceIds.MalFormed': [403, 'The specified instanceIds is not valid.'],
  'InvalidParameter.CrossRegionNotSupport': [400, 'Instances of multiple regions not support.'],

  // State
  IncorrectInstanceStatus: [
    403,
    'The specified instance is in an incorrect status for the requested action; Status of the specified instance is {actual} but the expected status is in ({expected}).',
  ],
  'IncorrectInstanceStatus.Initializing': [403, 'The specified instance status does not support this operation.'],
  'IncorrectInstanceStatus#attribute': [403, 'The current status of the resource does not support this operation.'],
  'InvalidInstanceStatus.NotRunning': [
    400,
    'The current status of the resource is invalid, you can only do this operation when instance is running.',
  ],
  InstanceNotReady: [403, 'The specified instance is not ready for use.'],
  'InvalidOperation.Conflict': [
    409,
    'Request was denied due to conflict with a previous request, please try again later.',
  ],
  InstanceLockedForSecurity: [
    403,
    'The specified operation is denied as your instance is locked for security reasons.',
  ],
  InstanceExpiredOrInArrears: [
    403,
    'The specified operation is denied as your prepay instance is expired (prepay mode) or in arrears (afterpay mode).',
  ],
  'InstanceExpired#prepaid': [403, 'The prePaid instance has been expired.'],
  'InstanceExpired#postpaid': [
    403,
    'The postPaid instance has been expired.Please ensure your account have enough balance.',
  ],
  'InvalidPayType.NotSupport': [404, 'The specified pre pay instance not support.'],
  'ReopenInstance.InstanceStatusNotValid': [400, 'Instance status is not Expired, ImageExpired or EcsAndImageExpired.'],
  InsufficientBalance: [403, 'Your account does not have enough balance.'],
  'InvalidInstanceId.NotSupport': [403, '{kind} does not support this operation.'],
  'HibernationConfigured.NotEnabled': [403, 'The instance hibernation configured option is not enabled.'],
  'OperationDenied.SystemInstanceNotSupport': [
    403,
    'The system instance does not support the {operation} operation because it is managed by another cloud product.',
  ],
  'InvalidOperation.DeletionProtection': [403, 'The operation is not allowed due to deletion protection.'],
  ChargeTypeViolation: [403, 'The operation is not permitted due to charge type of the instance.'],

  // Keys
  'InvalidParameter.KMSKeyId.CMKNotEnabled#untagged': [400, 'The CMK needs to be added ECS tag'],
  'InvalidParameter.KMSKeyId.CMKNotEnabled': [400, 'The CMK needs to be enabled.'],
  'InvalidParameter.KMSKeyId.CMKNotEnabled#single': [403, 'The CMK needs to be enabled.'],
  'InvalidParameter.KMSKeyId.CMKUnauthorized': [403, 'The CMK needs to be added ECS tag'],
  'InvalidParameter.KMSKeyId.KMSUnauthorized': [400, 'ECS service account have no right to access your KMS.'],
  'InvalidParameter.KMSKeyId.KMSUnauthorized#single': [403, 'ECS service have no right to access your KMS.'],
  'InvalidParameter.KMSKeyId.NotFound': [403, 'The specified KMSKeyId does not exist.'],
  'InvalidParameter.KMSKeyId.NotFound#creation': [404, 'The specified KMSKeyId does not exist.'],
  'InvalidParameter.Encrypted.KmsNotEnable': [400, 'Failed to perform this operation because KMS is not activated.'],
  'InvalidOperation.KMSKeyIdNotFound': [403, 'The specified KMSKeyId not found, {keyId}.'],
  'InvalidOperation.KMSServiceNotOpen': [403, 'KMS service is currently not open.'],
  'InvalidParameter.EncryptedIllegal': [
    400,
    'The specified parameter Encrypted must be true when kmsKeyId is not empty.',
  ],

  // KMS itself
  'Forbidden.KmsServiceNotEnabled': [
    403,
    'Kms service is not Enabled for current user. Please get access permission first.',
  ],
  'Forbidden.NoPermission': [403, 'This operation is forbidden by permission system.'],
  'Forbidden.Opened': [400, 'Your kms service has been opened.'],
  'Forbidden.KeyNotFound': [404, 'The specified Key is not found.'],
  'Forbidden.AliasNotFound': [404, 'The specified Alias is not found.'],
  'Rejected.StateModifiedFailed': [409, 'Keystate modified failed.'],
  'Rejected.PendingDeletion': [409, 'The request was rejected because the key state is PendingDeletion.'],
  'Rejected.LimitExceeded': [400, 'The request was rejected because user create resource limit was exceeded.'],

  // Elastic IP addresses and static public ones
  'InvalidAllocationId.NotFound': [404, 'Specified allocation ID is not found.'],
  'InvalidInstanId.NotFound': [404, 'Specified instance does not exist.'],
  'InvalidInstanceId.NotFound#eip': [400, 'Specified instance does not exist.'],
  'InvalidInstanceType.ValueNotSupported#eip': [400, 'The specified value of InstanceType is not supported.'],
  'InvalidParameter.Mismatch#eip': [400, 'Specified elastic IP address and ECS instance are not in the same region.'],
  OperationDenied: [400, 'Specified instance is not in VPC.'],
  IncorrectEipStatus: [400, 'Current elastic IP status does not support this operation.'],
  'IncorrectInstanceStatus#eip': [400, 'Current instance status does not support this operation.'],
  'InvalidAssociation.Duplicated': [400, 'Specified instance already is associated.'],
  EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP: [400, 'instance already bind natpublicip,cannot bind eip.'],
  InvalidBindingStatus: [400, 'The eip binding status invalid.'],
  'InsufficientBalance#eip': [400, 'Your account does not have enough balance.'],
  'InsufficientBalance.Eip': [400, 'Your account does not have enough balance.'],
  'OperationDenied#eip-bound': [400, 'Specified operation is denied as your instance is in VPC.'],
  AllocateIpInvalidInstanceBandwidth: [
    400,
    'OperationDenied The InternetMaxBandwidthOut of the specified instance cannot be less than 0.',
  ],
  'InvalidInternetMaxBandwidthOut.ValueNotSupported': [
    400,
    'The specified InternetMaxBandwidthOut is beyond the permitted range.',
  ],
  'InvalidInternetMaxBandwidthIn.ValueNotSupported': [
    400,
    'The specified InternetMaxBandwidthIn is beyond the permitted range.',
  ],
  'InvalidInternetChargeType.ValueNotSupported#network': [400, 'The specified InternetChargeType is invalid.'],
  'InvalidParam.AllocatePublicIp': [400, 'The specified param AllocatePublicIp is invalid.'],

  // Creation
  'InvalidImageId.NotFound': [404, 'The specified ImageId does not exist.'],
  'InvalidImageId.NotFound#import': [
    404,
    'The specified ImageId does not exist on this host. Import it: localyun image import FILE --id {image}',
  ],
  'InvalidInstanceType.ValueNotSupported': [400, 'The specified InstanceType beyond the permitted range.'],
  'InvalidZoneId.NotFound': [404, 'The ZoneId provided does not exist in our records.'],
  'InvalidVSwitchId.NotFound': [404, 'Specified virtual switch does not exist.'],
  'InvalidSecurityGroupId.NotFound': [404, 'The specified SecurityGroupId does not exist.'],
  'InvalidPrivateIpAddress.Malformed': [400, 'Specified private IP address is malformed.'],
  'InvalidIPAddress.AlreadyUsed': [403, 'The specified IP address is already in use.'],
  'InvalidDedicatedHostId.NotFound': [404, 'The specified dedicated host does not exist.'],
  'InvalidPrivatePoolId.NotFound': [404, 'The specified private pool does not exist.'],
  'InvalidParameter.Mismatch': [400, 'Specified virtual switch is not in the specified zone.'],
  'InvalidParameter.Conflict': [400, 'The parameters {first} and {second} cannot be given together.'],
  'InvalidInstanceName.Malformed': [400, 'The specified parameter "InstanceName" is not valid.'],
  'InvalidHostName.Malformed': [400, 'The specified parameter "HostName" is not valid.'],
  'InvalidDescription.Malformed': [400, 'The specified parameter "Description" is not valid.'],
  'InvalidPassword.Malformed': [400, 'The specified parameter "Password" is not valid.'],
  'InvalidSystemDiskCategory.ValueNotSupported': [400, 'The specified parameter "SystemDisk.Category" is not valid.'],
  'InvalidSystemDiskSize.ValueNotSupported': [400, 'The specified parameter "SystemDisk.Size" is not valid.'],
  'InvalidDataDiskSize.ValueNotSupported': [400, 'The specified parameter "DataDisk.N.Size" is not valid.'],
  'InvalidDataDiskCategory.ValueNotSupported': [400, 'The specified parameter "DataDisk.N.Category" is not valid.'],
  'InvalidInstanceChargeType.NotFound': [404, 'The specified InstanceChargeType is not found.'],
  'InvalidInternetChargeType.ValueNotSupported': [404, 'The specified InternetChargeType is not valid.'],
  'InvalidAutoReleaseTime.Malformed': [400, 'The specified parameter "AutoReleaseTime" is not valid.'],
  'InvalidMinAmount.Malformed': [400, 'The specified parameter "MinAmount" is not valid.'],
  'InvalidParam.Amount': [403, 'The specified parameter "Amount" is not valid.'],
  'InvalidUserData.Base64FormatInvalid': [403, 'The specified parameter "UserData" must be Base64.'],
  'InvalidUserData.SizeExceeded': [400, 'The specified parameter "UserData" exceeds 32 KB.'],
  'InvalidUserData.NotSupported': [
    400,
    'The specified parameter "UserData" only support the vpc and IoOptimized Instance.',
  ],
  'Credit.NotFound': [404, 'The specified credit information does not exist.'],
  NoSuchResource: [404, 'The specified resource is not found.'],
  InvalidSpotStrategy: [400, 'The specified parameter "SpotStrategy" is not valid.'],
  'InvalidSpotPriceLimit.LowerThanPublicPrice': [
    400,
    'The specified parameter "spotPriceLimit" can\'t be lower than current public price.',
  ],
  'InvalidSpotInterruptionBehavior.LocalDiskNotSupport': [
    403,
    'An instance with local disks cannot be stopped on interruption; use Terminate.',
  ],
  InvalidTagCount: [400, 'The specified tags are more than 20.'],
  'InvalidTagKey.Malformed': [400, 'The specified Tag.n.Key is not valid.'],
  'InvalidTagValue.Malformed': [400, 'The specified Tag.n.Value is not valid.'],
  'Duplicate.TagKey': [400, 'The Tag.N.Key contain duplicate key.'],
  'InvalidResourceId.NotFound': [404, 'The specified ResourceIds are not found in our records.'],
  'InvalidResourceType.NotFound#tags': [404, 'The ResourceType provided does not exist in our records.'],
  'NumberExceed.ResourceIds': [400, "The ResourceIds parameter's number is exceed , Valid : 50"],
  'NumberExceed.Tags': [400, "The Tags parameter's number is exceed , Valid : 20"],
  'MissingParameter.Tags': [404, 'The parameter - Tags should not be null'],
  'InvalidParameter.TagValue': [400, 'The specified Tag.n.Value needs a Tag.n.Key.'],
  'OperationDenied.NoStock': [
    403,
    'The requested resource is sold out in the specified zone; try other types of resources or other regions and zones.',
  ],
  'OperationDenied.SpotPriceLowerThanPublicPrice': [403, 'The spot instance price is lower than public price.'],
  'OperationDenied.QuotaExceed': [400, 'The quota of tags on resource is beyond permitted range.'],
  'InvalidLaunchTemplate.NotFound': [404, 'The specified LaunchTemplate does not exist.'],
  'Account.Arrearage': [400, 'Your account has been in arrears.'],

  // Change of specification
  'InvalidInstanceType.ValueNotSupported#spec': [
    400,
    'The specified InstanceType does not exist or beyond the permitted range.',
  ],
  'InvalidParameter.Mismatch#spec': [400, 'Too many parameters in one request.'],
  'InvalidParameter.Bandwidth': [400, 'The specified parameter Bandwidth is not valid.'],
  'InvalidStatus.ValueNotSupported#instance': [
    403,
    'The current status of the resource does not support this operation.',
  ],
  'InvalidInstanceStatus.NotStopped': [400, 'The specified Instance status is not stopped.'],
  'Account.Arrearage#spec': [400, 'Your account has an outstanding payment.'],
  CategoryViolation: [403, 'The specified instance does not support this operation because of its disk category.'],
  'DependencyViolation.InstanceType': [
    400,
    'The current InstanceType cannot be changed to the specified InstanceType.',
  ],
  ImageNotSupportInstanceType: [403, 'The specified image do not support the InstanceType instance.'],
  'InstanceTypeNotSupported.TooManyDisksAttached': [
    400,
    'The instance has more disks than the specified InstanceType can have.',
  ],
  'InvalidInstance.EipNotSupport': [
    403,
    'The specified instance with eip is not supported, please unassociate eip first.',
  ],
  IdempotenceParamNotMatch: [400, 'There is a idempotence signature mismatch between this and last request.'],

  // Subscriptions
  'InvalidAccountStatus.NotEnoughBalance': [403, 'Your account does not have enough balance.'],
  'InvalidParameter.InstanceIds': [400, 'The specified InstanceIds are invalid.'],
  InstancesIdQuotaExceed: [400, 'The maximum number of Instances is exceeded.'],
  'InvalidInstanceId.NotFound#charge': [404, 'The specified instanceId does not exist.'],
  'InvalidStatus.ValueNotSupported#charge': [
    400,
    'The current status of the instance does not support this operation.',
  ],
  'InvalidStatus.ValueNotSupported#economical': [
    400,
    'The instance is stopped in economical mode. Start it before its billing method is changed.',
  ],
  'InvalidInstanceChargeType.ValueNotSupported': [400, 'The instance has the specified billing method already.'],
  'InvalidInstanceChargeType.ValueNotSupported#value': [
    400,
    'The specified parameter "InstanceChargeType" is not valid.',
  ],
  'InvalidSpotStrategy#charge': [400, 'The specified spotStrategy is not valid.'],
  ExpiredInstance: [400, 'The specified instance has expired.'],
  ReleaseTimeHaveBeenSet: [400, 'The specified instance has been set released time.'],
  'Account.Arrearage#charge': [403, 'Your account has an outstanding payment.'],
  InvalidPeriod: [400, 'The specified period is not valid.'],
  'InvalidPeriod.UnitMismatch': [400, 'The specified Period must be correlated with the PeriodUnit.'],
  'InvalidPeriodUnit.ValueNotSupported': [400, 'The specified parameter PeriodUnit is not valid.'],
  'InvalidPeriodUnit.ValueNotSupported#renewal': [403, 'The specified parameter PeriodUnit is not valid.'],
  'MissingParameter.InstanceId': [403, 'InstanceId should not be null.'],
  'InvalidParameter.ToManyInstanceIds': [403, 'InstanceId should be less than 100.'],
  'InvalidParameter.InvalidInstanceId': [403, 'The specified parameter InstanceId is not valid.'],
  'ChargeTypeViolation#payAsYouGo': [403, 'Pay-As-You-Go instances do not support this operation.'],
  'InvalidParameter.Duration': [403, 'The specified parameter Duration is not valid.'],
  'InvalidParameter.RenewalStatus': [403, 'The specified parameter RenewalStatus is not valid.'],
  'InvalidParameter.RenewalStatusInstanceId': [
    403,
    'The parameter RenewalStatus and InstanceId can not be both empty.',
  ],

  // Queries
  'InvalidStatus.NotFound': [404, 'The specified Status is not found'],
  'InvalidLockReason.NotFound': [404, 'The specified LockReason is not found'],
  'InvalidFilterKey.NotFound': [404, 'The specified Filter.n.Key is not found'],
  'InvalidNetworkType.NotFound': [404, 'The specified InstanceNetworkType is not found'],
  'InvalidHpcClusterId.NotFound': [400, 'The specified HpcClusterId is not found'],
  'InvalidTag.Mismatch': [400, 'The specified Tag.n.Key and Tag.n.Value do not match'],
  'InvalidDiskType.ValueNotSupported': [400, 'The specified disk type is not supported.'],
  'InvalidCategory.ValueNotSupported': [400, 'The specified disk category is not supported.'],
  'InvalidStatus.ValueNotSupported': [400, 'The specified disk status is not supported.'],
  'InvalidDiskChargeType.NotFound': [404, 'The DiskChargeType does not exist in our records'],
  'InvalidParameter.DiskIds': [400, 'The specified parameter diskIds is not valid.'],
  'InvalidDiskIds.Malformed': [403, 'The amount of specified disk Ids exceeds the limit.'],
  'InvalidImageOwnerAlias.ValueNotSupported': [400, 'The specified ImageOwnerAlias value is not supported.'],
  InvalidOSType: [404, 'The specifed OSType is not valid'],
  InvalidArchitecture: [404, 'The specifed Architecture is not valid'],
  'Invalid.InstanceChargeType': [400, 'The specified InstanceChargeType is not valid.'],
  'Invalid.IoOptimized': [404, 'The specified IoOptimized is not valid.'],
  'Invalid.NetworkCategory': [404, 'The specified NetworkCategory is not valid.'],
  'InvalidParameter#event': [403, 'The Parameter "{name}" provided is not valid.'],
  'InvalidParameter.TimeEndBeforeStart': [403, 'The end of {name} is before its start.'],
  InstanceIdLimitExceeded: [403, 'The amount of InstanceId specified exceeds limit 100.'],
  EventIdLimitExceeded: [403, 'The amount of EventId specified exceeds limit 100.'],
  'InvalidAcceptLanguage.NotFound': [404, 'The specified AcceptLanguage is not found'],
  'InvalidResourceType.NotFound': [404, 'The specified ResourceType is not found'],
} as const satisfies Record<string, readonly [number, string]>

export type ErrorName = keyof typeof catalogue

export type ErrorWords = Readonly<Record<string, string>>

/** An answer that is an error. Only the renderers know its wire form. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  /** Only on RAM denials. */
  readonly accessDeniedDetail: Readonly<Record<string, string>> | undefined
  /** How long a client should wait before it tries again, ms; only when throttled. */
  readonly retryAfterMs: number | undefined

  /** An error of the catalogue, or one that somebody made up to see what a client does. */
  constructor(
    error: ErrorName | { readonly code: string; readonly status: number; readonly message: string },
    words: ErrorWords = {},
    more: { accessDeniedDetail?: Readonly<Record<string, string>>; retryAfterMs?: number } = {},
  ) {
    const { code, status, message } = typeof error === 'string' ? describeError(error, words) : error
    super(message)
    this.code = code
    this.status = status
    this.accessDeniedDetail = more.accessDeniedDetail
    this.retryAfterMs = more.retryAfterMs
  }
}

/** The error of the catalogue that has this code on the wire. */
export function findError(code: string): { code: string; status: number; message: string } | undefined {
  const name = (Object.keys(catalogue) as ErrorName[]).find(one => one.replace(/#.*/, '') === code)
  return name === undefined ? undefined : describeError(name)
}

/** What an error looks like on the wire, for whole answers and for single entries of a batch. */
export function describeError(
  name: ErrorName,
  words: ErrorWords = {},
): { code: string; status: number; message: string } {
  const [status, template] = catalogue[name]
  // The gateway puts the parameter's name into the code.
  const code = name === 'MissingRequired' ? `Missing${words['name'] ?? ''}` : name.replace(/#.*/, '')
  return { code, status, message: fill(template, words) }
}

function fill(template: string, words: ErrorWords): string {
  return template.includes('{') ? template.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '') : template
}
