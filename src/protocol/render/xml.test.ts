import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expectSame, parseXml } from '../../../test/support/xml.ts'
import { CData, renderXml } from './xml.ts'

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n'

function rendered(body: Record<string, unknown>): string {
  const text = renderXml('R', body)
  assert.ok(text.startsWith(prolog))
  return text.slice(prolog.length)
}

test('an element per key, in order; a list repeats its key inside its wrapper', () => {
  const body = {
    RequestId: 'A',
    Instances: {
      Instance: [
        { Id: 'i-1', Cpu: 2, Ok: true },
        { Id: 'i-2', Cpu: 0.5, Ok: false },
      ],
    },
  }
  assert.equal(
    rendered(body),
    '<R><RequestId>A</RequestId><Instances><Instance><Id>i-1</Id><Cpu>2</Cpu><Ok>true</Ok></Instance>' +
      '<Instance><Id>i-2</Id><Cpu>0.5</Cpu><Ok>false</Ok></Instance></Instances></R>',
  )
})

test('an empty list leaves its wrapper, an empty text its element, nothing leaves nothing', () => {
  assert.equal(rendered({ Instances: { Instance: [] } }), '<R><Instances/></R>')
  assert.equal(rendered({ Text: '', None: undefined, Null: null, Zero: 0 }), '<R><Text/><Zero>0</Zero></R>')
  assert.equal(rendered({ Tags: { Tag: ['', 'a'] } }), '<R><Tags><Tag/><Tag>a</Tag></Tags></R>')
  assert.equal(rendered({}), '<R/>')
})

test('characters with a meaning are escaped, and so are those a parser would change', () => {
  assert.equal(rendered({ T: `<a href="x">&'` }), '<R><T>&lt;a href=&quot;x&quot;&gt;&amp;&apos;</T></R>')
  assert.equal(rendered({ T: 'a\tb\r\nc' }), '<R><T>a&#9;b&#13;&#10;c</T></R>')
  assert.equal(rendered({ T: ']]> ü 测试 😀' }), '<R><T>]]&gt; ü 测试 😀</T></R>')
})

test('characters that XML cannot hold are left out', () => {
  assert.equal(rendered({ T: 'a\u0000b\u0008c\u000Bd\u001Fe\uFFFEf\uFFFFg' }), '<R><T>abcdefg</T></R>')
  assert.equal(rendered({ T: 'a\uD800b\uDC00c' }), '<R><T>abc</T></R>')
  assert.equal(rendered({ T: '\u0001<\u0002' }), '<R><T>&lt;</T></R>')
  assert.equal(rendered({ T: '\u0085\u2028\u007F' }), '<R><T>\u0085\u2028\u007F</T></R>')
})

test('CDATA stands as it is, and may hold its own end', () => {
  assert.equal(rendered({ T: new CData('?q=a&p=<b>') }), '<R><T><![CDATA[?q=a&p=<b>]]></T></R>')
  assert.equal(rendered({ T: new CData('a]]>b\u0000') }), '<R><T><![CDATA[a]]]]><![CDATA[>b]]></T></R>')
  assert.equal(JSON.stringify({ T: new CData('a]]>b') }), '{"T":"a]]>b"}')
})

test('whatever an answer holds is read back as it was', () => {
  const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/)
  // oxlint-disable-next-line no-control-regex -- these are the characters that XML cannot hold
  const illegal = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/
  const text = fc.string({ unit: 'grapheme' }).filter(one => !illegal.test(one))
  const scalar = fc.oneof(text, fc.integer(), fc.boolean())
  const { body } = fc.letrec(tie => ({
    body: fc.dictionary(name, fc.oneof({ maxDepth: 4 }, scalar, tie('body'), tie('list'))),
    list: fc.dictionary(name, fc.array(fc.oneof({ maxDepth: 3 }, scalar, tie('body')), { maxLength: 3 }), {
      maxKeys: 1,
    }),
  }))
  fc.assert(
    fc.property(body, value => {
      expectSame(parseXml(renderXml('Root', value)), value)
    }),
  )
})
