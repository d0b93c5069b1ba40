import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signV1, stringToSignV1 } from './v1.ts'
import { canonicalRequestV3, parseAuthorizationV3, sha256Hex, signV3, stringToSignV3 } from './v3.ts'

const emptyHash = sha256Hex('')

test('V1: the documented GET example signs to the documented value', () => {
  const params = {
    AccessKeyId: 'testid',
    Action: 'DescribeRegions',
    Format: 'XML',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
    SignatureVersion: '1.0',
    Timestamp: '2016-02-23T12:46:24Z',
    Version: '2014-05-26',
  }
  assert.equal(signV1(stringToSignV1('GET', params), 'testsecret'), 'OLeaidS1JvxuMvnyHOwuJ+uX5qY=')
})

test('V1: query and form are signed together, in byte order, with empties and unusual characters', () => {
  const params = {
    Action: 'StopInstances',
    Format: 'json',
    Version: '2014-05-26',
    Timestamp: '2026-01-02T03:04:05Z',
    SignatureNonce: 'nonce-0001',
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    AccessKeyId: 'testid',
    SecurityToken: 'tok/en+1==',
    RegionId: 'cn-hangzhou',
    'InstanceId.1': "i-a*b (c)!'~",
    'InstanceId.10': 'i-ten',
    'InstanceId.2': 'i-two',
    StoppedMode: '',
    ForceStop: 'true',
    Signature: 'is left out',
  }
  const text = stringToSignV1('POST', params)
  assert.equal(
    text,
    'POST&%2F&AccessKeyId%3Dtestid%26Action%3DStopInstances%26ForceStop%3Dtrue%26Format%3Djson%26InstanceId.1%3Di-a%252Ab%2520%2528c%2529%2521%2527~%26InstanceId.10%3Di-ten%26InstanceId.2%3Di-two%26RegionId%3Dcn-hangzhou%26SecurityToken%3Dtok%252Fen%252B1%253D%253D%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3Dnonce-0001%26SignatureVersion%3D1.0%26StoppedMode%3D%26Timestamp%3D2026-01-02T03%253A04%253A05Z%26Version%3D2014-05-26',
  )
  assert.equal(signV1(text, 'testsecret'), 'BKMc+UannN2ykcURWr424hqwSNs=')
})

test('V3: the documented RunInstances example signs to the documented value', () => {
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': emptyHash,
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  }
  const canonical = canonicalRequestV3(
    {
      method: 'POST',
      query: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
      headers,
      contentHash: emptyHash,
    },
    Object.keys(headers),
    { encodeNames: true },
  )
  assert.equal(sha256Hex(canonical), '7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259')
  assert.equal(
    signV3(stringToSignV3(canonical), 'YourAccessKeySecret'),
    '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  )
})

test('V3: temporary credentials, empty values and a host with a port sign to the SDK’s value', () => {
  const headers = {
    host: '127.0.0.1:8080',
    'x-acs-accesskey-id': 'testid',
    'x-acs-action': 'StopInstances',
    'x-acs-content-sha256': emptyHash,
    'x-acs-credentials-provider': 'static_sts',
    'x-acs-date': '2026-01-02T03:04:05Z',
    'x-acs-security-token': 'tok/en+1==',
    'x-acs-signature-nonce': 'nonce-0002',
    'x-acs-version': '2014-05-26',
  }
  const query = {
    ForceStop: 'true',
    'InstanceId.1': 'i-one',
    'InstanceId.10': 'i-ten',
    'InstanceId.2': 'i-two',
    RegionId: 'cn-hangzhou',
    StoppedMode: '',
  }
  const canonical = canonicalRequestV3(
    { method: 'POST', query, headers, contentHash: emptyHash },
    Object.keys(headers),
    { encodeNames: false },
  )
  assert.equal(sha256Hex(canonical), 'f3bf6c28b3d036748e644755b0fcf9c4d4d9aa5e169dbb46ef0371e5dcd661ad')
  assert.equal(
    signV3(stringToSignV3(canonical), 'testsecret'),
    'd42fd4767847dfd000f44ebf022fa33307858fa327b295c35cdf8b80fadd86de',
  )
})

test('V3: an Authorization header is read with and without blanks, and refused when a part is missing', () => {
  const signature = 'a'.repeat(64)
  const expected = {
    algorithm: 'ACS3-HMAC-SHA256',
    accessKeyId: 'testid',
    signedHeaders: ['host', 'x-acs-date'],
    signature,
  }
  for (const comma of [',', ', ']) {
    const header = ['Credential=testid', 'SignedHeaders=host;x-acs-date', `Signature=${signature}`].join(comma)
    assert.deepEqual(parseAuthorizationV3(`ACS3-HMAC-SHA256 ${header}`), expected)
  }
  assert.equal(parseAuthorizationV3(`ACS3-HMAC-SHA256 Credential=testid,Signature=${signature}`), undefined)
  assert.equal(parseAuthorizationV3('ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host,Signature=short'), undefined)
  assert.equal(parseAuthorizationV3('Basic dXNlcg=='), undefined)
})
