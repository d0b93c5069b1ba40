import type { MachineSpec } from '../../compute/qemu/spec.ts'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { findImportedImages } from '../../store/tables/images.ts'
import { findInstance } from '../../store/tables/instances/instances.ts'
import type { Tx } from '../../store/store.ts'

/** What the machine of an instance is made from, as the instance is now. */
export async function loadMachineSpec(tx: Tx, id: string): Promise<MachineSpec> {
  const instance = await findInstance(tx, id)
  if (instance === undefined) throw new Error(`There is no instance ${id} any more.`)
  const { details, imageId } = instance
  const [image] = await findImportedImages(tx, [imageId], instance.hostId ?? undefined)
  if (image === undefined) throw new Error(`The image ${imageId} is not imported at its host.`)
  const type = findInstanceType(instance.type)
  if (type === undefined) throw new Error(`There is no type ${instance.type}.`)
  return {
    id,
    uuid: details.serialNumber,
    cores: details.cpu.coreCount,
    threadsPerCore: details.cpu.threadsPerCore,
    memoryMiB: type.memoryGiB * 1024,
    image: { id: imageId, kernelCommandLine: image.kernelCommandLine, hasInitrd: image.hasInitrd },
    disks: details.disks.map(({ id, sizeGiB, deleteWithInstance }) => ({ id, sizeGiB, deleteWithInstance })),
    macAddress: details.macAddress,
    privateIp: instance.privateIp,
    isPublic: instance.publicIp !== '' || instance.eip !== '',
    seed: { hostName: details.hostName, userData: details.userData, keyPairName: instance.keyPairName },
  }
}
