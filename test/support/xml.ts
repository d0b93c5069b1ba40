import assert from 'node:assert/strict'

export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  /** The text between the tags, decoded; empty where there are children. */
  readonly text: string
}

const token = /<!\[CDATA\[(?<cdata>.*?)\]\]>|<(?<close>\/)?(?<name>[A-Za-z][\w.-]*)(?<empty>\/)?>|(?<text>[^<]+)/gsy
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Reads the XML that the server writes: elements, text and CDATA, no attributes. Fails on anything else. */
export function parseXml(document: string): XmlElement {
  const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n'
  assert.ok(document.startsWith(prolog), `no prolog: ${document.slice(0, 60)}`)
  const root = { name: '', children: [] as XmlElement[], text: '' }
  const open = [root]
  token.lastIndex = prolog.length
  while (token.lastIndex < document.length) {
    const at = token.lastIndex
    const { cdata, close, name, empty, text } = token.exec(document)?.groups ?? {}
    const current = open.at(-1)
    assert.ok(current !== undefined, 'text after the root element')
    if (cdata !== undefined) current.text += cdata
    else if (text !== undefined) current.text += decode(text)
    else if (name === undefined) assert.fail(`not XML: ${document.slice(at, at + 60)}`)
    else if (close === undefined) {
      const element = { name, children: [] as XmlElement[], text: '' }
      current.children.push(element)
      if (empty === undefined) open.push(element)
    } else {
      assert.equal(open.pop()?.name, name)
    }
  }
  assert.deepEqual([open.length, root.children.length, root.text], [1, 1, ''], 'one root element')
  return root.children[0] as XmlElement
}

function decode(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));|&/g, (whole, code?: string, name?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code))
    return entities[name ?? ''] ?? assert.fail(`an unknown entity: ${whole}`)
  })
}

/** The text of the only child with this name. */
export function childText(element: XmlElement, name: string): string {
  const found = element.children.filter(child => child.name === name)
  assert.equal(found.length, 1, `${found.length} elements ${name} in ${element.name}`)
  return found[0]?.text ?? ''
}

/** An element says the same as a value from JSON: a key per child, a list as the child repeated. */
export function expectSame(element: XmlElement, value: unknown, path = element.name): void {
  if (typeof value !== 'object' || value === null) {
    assert.deepEqual([element.children, element.text], [[], String(value)], path)
    return
  }
  const expected = Object.entries(value).flatMap(([name, item]) =>
    (Array.isArray(item) ? item : [item]).map(one => [name, one] as const),
  )
  assert.deepEqual(
    element.children.map(child => child.name),
    expected.map(([name]) => name),
    path,
  )
  for (const [index, child] of element.children.entries())
    expectSame(child, expected[index]?.[1], `${path}/${child.name}`)
}
