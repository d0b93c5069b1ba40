import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { flagOf, readSettings, settings, settingNames, variableOf } from '../../src/cli/settings.ts'
import { createTestApp } from '../support/app.ts'
import { commandOf, environmentOf, instructionsOf, parseCopy, parseDockerfile } from '../support/dockerfile.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

const manifest = JSON.parse(read('package.json')) as { version: string; devDependencies: Record<string, string> }
const stages = parseDockerfile(read('Dockerfile'))
const image = stages.at(-1)
const compose = parse(read('examples/compose.yaml'), { merge: true })
const kubernetes: any[] = readdirSync(new URL('deploy/kubernetes/', root)).flatMap(name =>
  parseAllDocuments(read(`deploy/kubernetes/${name}`)).map(one => one.toJS() as unknown),
)
const ofKind = (kind: string) => kubernetes.find(one => one.kind === kind)
const pod = ofKind('Deployment').spec.template.spec
const [container] = pod.containers

const settingOfVariable = new Map(settingNames.map(name => [variableOf(name), name]))
const settingOfFlag = new Map(settingNames.map(name => [flagOf(name), name]))
/** Longest time in which a server that was told to end finishes what is under way, once it has drained; s. */
const finishSeconds = 5

/** Reads `serve --flag value …` and LOCALYUN_… as the command would; fails on what it would refuse. */
function readArguments(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const [command, ...rest] = args
  assert.equal(command, 'serve')
  const flags = rest.flatMap((word, index) => {
    if (index % 2 === 1) return []
    const name = settingOfFlag.get(word)
    assert.ok(name !== undefined, `${word} is no flag of serve`)
    return [[name, rest[index + 1]]]
  })
  const variables = Object.entries(environment).flatMap(([variable, value]) => {
    if (!variable.startsWith('LOCALYUN_')) return []
    const name = settingOfVariable.get(variable)
    assert.ok(name !== undefined, `${variable} is no setting`)
    return [[name, value]]
  })
  const sources = [flags, variables].map(entries => ({ texts: Object.fromEntries(entries), origin: flagOf }))
  return readSettings(sources)
}

/** `5s`, `30`: seconds. */
const seconds = (text: unknown) => Number(/^(\d+)s?$/.exec(String(text))?.[1])

test('the Dockerfile sets what serve has, runs as nobody in particular and shows the port it listens on', () => {
  const values = readArguments(commandOf(image, 'CMD'), environmentOf(image))
  assert.equal(values.host, '0.0.0.0')
  assert.deepEqual(instructionsOf(image, 'EXPOSE'), [String(values.port)])
  assert.match(instructionsOf(image, 'USER').at(-1) ?? '', /^[1-9]\d*:[1-9]\d*$/)
  // Its files go to the volume, in a folder that the user owns.
  const [volume = ''] = instructionsOf(image, 'VOLUME')
  assert.equal(values.store, `sqlite:${volume}/state.db`)
  assert.match(instructionsOf(image, 'RUN').join('\n'), new RegExp(`install -d -o node -g node ${volume}`))
  assert.equal(instructionsOf(image, 'HEALTHCHECK').length, 1)
})

test('every stage is based on the Node that package.json names', () => {
  const wanted = /\d+\.\d+\.\d+/.exec(manifest.devDependencies['node'] ?? '')?.[0]
  for (const { base } of stages) assert.match(base, new RegExp(`^node:${wanted}(-|$)`))
})

test('what the Dockerfile copies is there, and .dockerignore lets it through', () => {
  const copies = stages.flatMap(stage => instructionsOf(stage, 'COPY').map(parseCopy))
  const sources = new Set(copies.flatMap(copy => (copy.from === undefined ? copy.sources : [])))
  const ignore = read('.dockerignore').split('\n')
  const letThrough = new Set(ignore.flatMap(line => (line.startsWith('!') ? [line.slice(1)] : [])))
  assert.ok(ignore.includes('*'))
  assert.deepEqual(letThrough, sources)
  for (const path of sources) assert.ok(existsSync(new URL(path, root)), path)
  const names = new Set(stages.map(stage => stage.name))
  for (const { from } of copies) assert.ok(from === undefined || names.has(from), `COPY --from=${from}`)
})

test('compose starts two servers of the same settings on PostgreSQL, behind a proxy that knows both', () => {
  const { first, second, proxy, database } = compose.services
  assert.deepEqual(first, second)
  const filled = (text: string) => text.replaceAll(/\$\{\w+:[?-][^}]*\}/g, 'x')
  const environment = Object.fromEntries(
    Object.entries<string>(first.environment).map(([name, value]) => [name, filled(value)]),
  )
  const values = readArguments(first.command, { ...environmentOf(image), ...environment })
  const { hostname, port, username, pathname } = new URL(values.store)
  assert.equal(`${hostname}:${port}`, 'database:5432')
  assert.deepEqual(
    [username, pathname.slice(1)],
    [database.environment.POSTGRES_USER, database.environment.POSTGRES_DB],
  )
  assert.ok(seconds(first.stop_grace_period) > values.drain / 1000 + finishSeconds)
  assert.deepEqual(proxy.ports, ['127.0.0.1:8526:8526'])
  const [file = ''] = proxy.volumes[0].split(':')
  const nginx = read(`examples/${file}`)
  const upstreams = [...nginx.matchAll(/server (\w+):(\d+) /g)].map(match => [match[1], Number(match[2])])
  assert.deepEqual(upstreams, [
    ['first', values.port],
    ['second', values.port],
  ])
  assert.match(nginx, /listen 8526;/)
  for (const service of Object.values<any>(compose.services)) {
    for (const name of Object.keys(service.depends_on ?? {})) assert.ok(name in compose.services, name)
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      assert.ok(source.startsWith('./') ? existsSync(new URL(`examples/${source}`, root)) : source in compose.volumes)
    }
  }
})

test('the Deployment rolls without a gap, and gives a pod the time to drain', () => {
  const { spec } = ofKind('Deployment')
  assert.ok(spec.replicas >= 2)
  assert.equal(spec.strategy.rollingUpdate.maxUnavailable, 0)
  const keys = Object.keys(ofKind('Secret').stringData)
  const environment: Record<string, string> = {}
  for (const { name, valueFrom } of container.env) {
    const { secretKeyRef } = valueFrom
    assert.equal(secretKeyRef.name, ofKind('Secret').metadata.name)
    assert.ok(keys.includes(secretKeyRef.key), secretKeyRef.key)
    environment[name] = ofKind('Secret').stringData[secretKeyRef.key]
  }
  const values = readArguments(container.args, { ...environmentOf(image), ...environment })
  assert.match(values.store, /^postgres:/)
  assert.ok(pod.terminationGracePeriodSeconds > values.drain / 1000 + finishSeconds)
  // What balances calls must have noticed before the drain is over.
  const { readinessProbe } = container
  const noticed = (readinessProbe.periodSeconds + readinessProbe.timeoutSeconds) * readinessProbe.failureThreshold
  assert.ok(noticed < values.drain / 1000)
  assert.equal(container.ports[0].containerPort, values.port)
  assert.deepEqual([pod.securityContext.runAsNonRoot, pod.securityContext.runAsUser], [true, 1000])
  assert.equal(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`, instructionsOf(image, 'USER')[0])
})

test('selectors of the manifests find the pods, and every file of the folder is applied', () => {
  const { resources, images } = ofKind('Kustomization')
  const { labels } = ofKind('Deployment').spec.template.metadata
  assert.ok(Object.keys(labels).length > 0)
  assert.deepEqual(ofKind('Deployment').spec.selector.matchLabels, labels)
  assert.deepEqual(pod.topologySpreadConstraints[0].labelSelector.matchLabels, labels)
  assert.deepEqual(ofKind('PodDisruptionBudget').spec.selector.matchLabels, labels)
  assert.deepEqual(ofKind('Service').spec.selector, labels)
  const files = readdirSync(new URL('deploy/kubernetes/', root)).filter(name => name !== 'kustomization.yaml')
  assert.deepEqual(resources.toSorted(), files.toSorted())
  const ports = container.ports.map((port: any) => port.name)
  assert.ok(ports.includes(ofKind('Service').spec.ports[0].targetPort))
  assert.deepEqual([images[0].name, images[0].newTag], [container.image, manifest.version])
})

test('the paths of all probes are answered by a server', async () => {
  await using server = await createTestApp()
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe]
  assert.equal(new Set(probes.map(probe => probe.httpGet.path)).size, 2)
  for (const { httpGet } of probes) {
    assert.equal(httpGet.port, container.ports[0].name)
    assert.equal((await fetch(`${server.app.endpoint}${httpGet.path}`)).status, 200, httpGet.path)
  }
  assert.equal(settings.port.default, String(container.ports[0].containerPort))
})

test('settings, metrics, tags and files that the operations page names are there', async () => {
  const page = read('docs/operations.md')
  await using server = await createTestApp()
  // Histograms begin with the first call.
  await server.client.call('DescribeRegions')
  const metrics = await (await fetch(`${server.app.endpoint}/_localyun/metrics`)).text()
  const [, service = ''] = /```ini\n(.*?)```/s.exec(page) ?? []
  const environment = Object.fromEntries(
    [...service.matchAll(/(LOCALYUN_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>
  const [, words = ''] = /ExecStart=\S+ \S+\/localyun (.*)/.exec(service) ?? []
  delete environment['LOCALYUN_CONTROL_TOKEN']
  readArguments(words.split(' '), environment)
  for (const [variable] of page.matchAll(/LOCALYUN_[A-Z_]+/g)) {
    assert.ok(variable === 'LOCALYUN_' || settingOfVariable.has(variable), variable)
  }
  for (const [name] of page.matchAll(/\b(?:localyun|nodejs)_[a-z0-9_]+/g)) assert.ok(metrics.includes(name), name)
  assert.ok(page.includes(`localyun-${manifest.version}.tgz`))
  for (const [, path = ''] of page.matchAll(/\]\(([^)#]+)/g)) {
    assert.ok(existsSync(new URL(path, new URL('docs/', root))), path)
  }
})
