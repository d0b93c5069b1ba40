import { getRegion } from '../../../domain/catalogue/regions.ts'
import { periodMs } from '../../../domain/billing/subscription.ts'
import type { Image } from '../../../domain/catalogue/images.ts'
import {
  type CpuLayout,
  cpuLayout,
  findInstanceType,
  type InstanceType,
} from '../../../domain/catalogue/instance-types.ts'
import { releaseTime } from '../../../domain/instances/auto-release.ts'
import { findDiskCategory } from '../../../domain/disks/disks.ts'
import {
  isDescription,
  isHostName,
  isInstanceName,
  isPassword,
  numberedName,
} from '../../../domain/instances/naming.ts'
import { isOutbid } from '../../../domain/spot/spot.ts'
import { exceedsUserData, isBase64 } from '../../../domain/instances/user-data.ts'
import type { CreationRequest, NewDisk } from '../../../services/instances/creation.ts'
import { listKmsKeys } from '../../../store/tables/keys.ts'
import type { Place } from '../../../store/tables/instances/stock.ts'
import type { RunInstancesCall } from './creation-errors.ts'
import { choosePlacement } from './placement.ts'
import type { RunInstancesInput } from './creation-params.ts'
import { readTagList } from '../tags/params.ts'

/** Checks what RunInstances was given, in the order of the help page, and turns it into an order for instances. */
export async function toCreationRequest(call: RunInstancesCall, input: RunInstancesInput): Promise<CreationRequest> {
  const region = getRegion(input.RegionId)
  if (input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined) {
    return call.fail('InvalidLaunchTemplate.NotFound')
  }
  const image = await chooseImage(call, input)
  const type = await chooseType(call, input)
  const { zoneId, privateIp } = await choosePlacement(call, input, region)
  checkNames(call, input, image)
  checkMoney(call, input, type)
  await checkSpotPrice(call, input, { zoneId, type: type.id })
  const disks = chooseDisks(call, input, image)
  await checkKeys(call, input, disks)
  const prepaid = input.InstanceChargeType === 'PrePaid'
  const count = input.Amount
  const names = (pattern: string | undefined) =>
    Array.from({ length: count }, (_, index) =>
      pattern === undefined ? '' : numberedName(pattern, index, { count, uniqueSuffix: input.UniqueSuffix }),
    )
  return {
    accountId: call.principal.account.id,
    region,
    zoneId,
    ...(privateIp === undefined ? {} : { privateIps: [privateIp] }),
    type,
    imageId: image.id,
    names: names(input.InstanceName),
    hostNames: names(input.HostName),
    minAmount: input.MinAmount,
    chargeType: input.InstanceChargeType,
    spotStrategy: input.SpotStrategy,
    networkType: 'vpc',
    internetChargeType: input.InternetChargeType,
    publicIp: input.InternetMaxBandwidthOut > 0,
    eip: false,
    status: 'Pending',
    stopMode: null,
    keyPairName: image.osType === 'windows' ? '' : (input.KeyPairName ?? ''),
    resourceGroupId: input.ResourceGroupId ?? '',
    httpEndpoint: input.HttpEndpoint,
    httpTokens: input.HttpTokens,
    tags: readTagList(call, input.Tag),
    locks: [],
    managed: false,
    deletionProtection: input.DeletionProtection,
    guest: { shutdown: 'prompt' },
    expiresAt: prepaid ? call.now + periodMs({ length: input.Period ?? 1, unit: input.PeriodUnit }) : null,
    renewalStatus: input.AutoRenew ? 'AutoRenewal' : 'Normal',
    autoReleaseAt: chooseReleaseTime(call, input),
    disks,
    details: {
      description: input.Description ?? '',
      internetMaxBandwidthOut: input.InternetMaxBandwidthOut,
      internetMaxBandwidthIn:
        input.InternetMaxBandwidthIn ?? (input.InternetMaxBandwidthOut > 10 ? input.InternetMaxBandwidthOut : 10),
      spotPriceLimit: input.SpotPriceLimit,
      spotDuration: input.SpotStrategy === 'NoSpot' ? 0 : (input.SpotDuration ?? 1),
      spotInterruptionBehavior: input.SpotStrategy === 'NoSpot' ? '' : input.SpotInterruptionBehavior,
      creditSpecification: type.credits === undefined ? '' : (input.CreditSpecification ?? 'Standard'),
      cpu: chooseCpu(call, input, type),
      tenancy: input.Tenancy ?? '',
      affinity: input.Affinity ?? '',
      deploymentSetId: input.DeploymentSetId ?? '',
      ramRoleName: input.RamRoleName ?? '',
      userData: checkUserData(call, input),
      renewal: { length: input.AutoRenewPeriod ?? 1, unit: input.PeriodUnit },
    },
    by: call.requestId,
  }
}

async function chooseImage(
  call: RunInstancesCall,
  { ImageId: id, ImageFamily: family }: RunInstancesInput,
): Promise<Image> {
  const { images } = call.services
  if (id === undefined && family === undefined) return call.fail('MissingParameter', { name: 'ImageId' })
  const image =
    id === undefined ? await images.findOfFamily(call.tx, family ?? '') : (await images.find(call.tx, [id]))[0]
  if (image !== undefined) return image
  return (await images.mustBeImported(call.tx))
    ? call.fail('InvalidImageId.NotFound#import', { image: id ?? 'ID' })
    : call.fail('InvalidImageId.NotFound')
}

async function chooseType(call: RunInstancesCall, { InstanceType: id }: RunInstancesInput): Promise<InstanceType> {
  if (id === undefined) return call.fail('MissingParameter', { name: 'InstanceType' })
  const type = findInstanceType(id) ?? call.fail('InvalidInstanceType.ValueNotSupported')
  // A real machine has neither another architecture than its host nor what is special to a type.
  const isPlain = type.architecture === 'X86' && type.gpu === undefined && type.localStorage === undefined
  if (!isPlain && (await call.services.hosts.areReal(call.tx))) call.fail('InvalidInstanceType.ValueNotSupported')
  return type
}

/** Cores and threads per core must make up the type's vCPUs. */
function chooseCpu(call: RunInstancesCall, input: RunInstancesInput, type: InstanceType): CpuLayout {
  const usual = cpuLayout(type)
  const threadsPerCore = input.CpuOptions?.ThreadsPerCore ?? usual.threadsPerCore
  const coreCount = input.CpuOptions?.Core ?? usual.coreCount
  if (threadsPerCore > usual.threadsPerCore) return call.fail('InvalidParameter', { name: 'CpuOptions.ThreadsPerCore' })
  if (coreCount > usual.coreCount) return call.fail('InvalidParameter', { name: 'CpuOptions.Core' })
  return { coreCount, threadsPerCore }
}

function checkNames(call: RunInstancesCall, input: RunInstancesInput, image: Image): void {
  const options = { count: input.Amount, uniqueSuffix: input.UniqueSuffix }
  // The last name is the longest.
  const last = (pattern: string) => numberedName(pattern, input.Amount - 1, options)
  const { InstanceName, HostName, Description, Password } = input
  if (InstanceName !== undefined && !isInstanceName(last(InstanceName))) call.fail('InvalidInstanceName.Malformed')
  const windows = image.osType === 'windows'
  if (HostName !== undefined && !isHostName(last(HostName), windows)) call.fail('InvalidHostName.Malformed')
  if (Description !== undefined && !isDescription(Description)) call.fail('InvalidDescription.Malformed')
  if (Password !== undefined && !isPassword(Password, windows)) call.fail('InvalidPassword.Malformed')
}

function checkMoney(call: RunInstancesCall, input: RunInstancesInput, type: InstanceType): void {
  const prepaid = input.InstanceChargeType === 'PrePaid'
  const spot = input.SpotStrategy !== 'NoSpot'
  if (prepaid && input.Period === undefined) call.fail('MissingParameter', { name: 'Period' })
  if (prepaid && spot) call.fail('InvalidSpotStrategy')
  if (prepaid && input.DeletionProtection) call.fail('InvalidParameter', { name: 'DeletionProtection' })
  if (spot && input.DeletionProtection) call.fail('InvalidParameter', { name: 'DeletionProtection' })
  if (spot && input.SpotInterruptionBehavior === 'Stop' && type.localStorage !== undefined) {
    call.fail('InvalidSpotInterruptionBehavior.LocalDiskNotSupport')
  }
  if (input.MinAmount !== undefined && input.MinAmount > input.Amount) call.fail('InvalidMinAmount.Malformed')
  if (call.principal.account.balanceFen < 0) call.fail('Account.Arrearage')
}

/** The limit must be what the market asks now, or more. */
async function checkSpotPrice(call: RunInstancesCall, input: RunInstancesInput, place: Place): Promise<void> {
  if (input.SpotStrategy !== 'SpotWithPriceLimit') return
  const terms = { spotStrategy: input.SpotStrategy, details: { spotPriceLimit: input.SpotPriceLimit, spotDuration: 0 } }
  if (isOutbid(terms, await call.services.market.priceOf(call.tx, place))) {
    call.fail('InvalidSpotPriceLimit.LowerThanPublicPrice')
  }
}

/** Pay-as-you-go only. */
function chooseReleaseTime(call: RunInstancesCall, input: RunInstancesInput): number | null {
  const wanted = input.AutoReleaseTime
  if (wanted === undefined) return null
  const at = input.InstanceChargeType === 'PostPaid' ? releaseTime(wanted, call.now) : undefined
  return at ?? call.fail('InvalidAutoReleaseTime.Malformed')
}

function chooseDisks(call: RunInstancesCall, input: RunInstancesInput, image: Image): NewDisk[] {
  const system = input.SystemDisk
  const category = findDiskCategory(system?.Category ?? 'cloud_efficiency')
  if (category?.systemSize === undefined) return call.fail('InvalidSystemDiskCategory.ValueNotSupported')
  const sizeGiB = system?.Size ?? Math.max(40, image.sizeGiB)
  if (sizeGiB < Math.max(category.systemSize[0], image.sizeGiB) || sizeGiB > category.systemSize[1]) {
    return call.fail('InvalidSystemDiskSize.ValueNotSupported')
  }
  const data = input.DataDisk.map((disk): NewDisk => {
    const found = findDiskCategory(disk?.Category ?? 'cloud_efficiency')
    if (found === undefined) return call.fail('InvalidDataDiskCategory.ValueNotSupported')
    const size = disk?.Size
    if (size === undefined || size < found.dataSize[0] || size > found.dataSize[1]) {
      return call.fail('InvalidDataDiskSize.ValueNotSupported')
    }
    return toDisk(disk, 'data', found.name, size)
  })
  return [toDisk(system, 'system', category.name, sizeGiB), ...data]
}

function toDisk(
  disk: RunInstancesInput['SystemDisk'],
  kind: 'system' | 'data',
  category: string,
  sizeGiB: number,
): NewDisk {
  return {
    kind,
    category,
    sizeGiB,
    performanceLevel: category === 'cloud_essd' ? (disk?.PerformanceLevel ?? 'PL1') : '',
    name: disk?.DiskName ?? '',
    description: disk?.Description ?? '',
    encrypted: disk?.Encrypted ?? false,
    kmsKeyId: disk?.KMSKeyId === serviceKeyAlias ? '' : (disk?.KMSKeyId ?? ''),
    snapshotId: disk?.SnapshotId ?? '',
    deleteWithInstance: disk?.DeleteWithInstance ?? true,
  }
}

/** The key that ECS itself keeps in every region. A disk that is encrypted with it names no key. */
const serviceKeyAlias = 'alias/acs/ecs'

/** Whoever encrypts has opened KMS; keys that disks name exist in the region and may be used. */
async function checkKeys(call: RunInstancesCall, input: RunInstancesInput, disks: readonly NewDisk[]): Promise<void> {
  const { account } = call.principal
  const asked = [input.SystemDisk, ...input.DataDisk]
  if (asked.some(disk => disk?.KMSKeyId !== undefined && disk.Encrypted !== true)) {
    call.fail('InvalidParameter.EncryptedIllegal')
  }
  if (disks.some(disk => disk.encrypted) && account.kms !== 'open') call.fail('InvalidParameter.Encrypted.KmsNotEnable')
  const ids = disks.map(disk => disk.kmsKeyId).filter(id => id !== '')
  const where = { accountId: account.id, regionId: input.RegionId, ids, now: call.now }
  const keys = new Map((await listKmsKeys(call.tx, where)).map(key => [key.id, key]))
  for (const id of ids) {
    const key = keys.get(id) ?? call.fail('InvalidParameter.KMSKeyId.NotFound#creation')
    if (!key.ecsTag) call.fail('InvalidParameter.KMSKeyId.CMKUnauthorized')
    if (key.state !== 'Enabled') call.fail('InvalidParameter.KMSKeyId.CMKNotEnabled#single')
    if (!key.ecsAuthorized) call.fail('InvalidParameter.KMSKeyId.KMSUnauthorized#single')
  }
}

function checkUserData(call: RunInstancesCall, { UserData: text = '' }: RunInstancesInput): string {
  if (!isBase64(text)) return call.fail('InvalidUserData.Base64FormatInvalid')
  if (exceedsUserData(text)) return call.fail('InvalidUserData.SizeExceeded')
  return text
}
