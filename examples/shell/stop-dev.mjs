// The script under rehearsal, as it would run against the real service: it stops what is tagged env=dev, in economical mode,
// and waits while it is told to slow down. Everything it needs it reads from the environment.
import ecs from '@alicloud/ecs20140526'

const { ALIBABA_CLOUD_REGION_ID: regionId, ALIBABA_CLOUD_ENDPOINT: endpoint } = process.env
const client = new ecs.default({
  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  ...(endpoint === undefined ? {} : { endpoint, protocol: 'http' }),
  regionId,
})

const tag = [new ecs.DescribeInstancesRequestTag({ key: 'env', value: 'dev' })]
const { body } = await client.describeInstances(
  new ecs.DescribeInstancesRequest({ regionId, tag, status: 'Running', maxResults: 100 }),
)
const instanceId = body.instances.instance.map(one => one.instanceId)
const request = new ecs.StopInstancesRequest({ regionId, instanceId, stoppedMode: 'StopCharging' })
for (let tries = 1; ; tries++) {
  try {
    await client.stopInstances(request)
    break
  } catch (reason) {
    if (reason.code !== 'Throttling.User' || tries === 5) throw reason
    console.log('Throttled; trying again.')
    await new Promise(resolve => setTimeout(resolve, reason.retryAfter ?? 1000))
  }
}
console.log(`${instanceId.length} instances are stopping.`)
