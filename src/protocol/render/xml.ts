/** Exactly this text: current SDKs read an error as XML only then. */
export const xmlContentType = 'text/xml;charset=utf-8'

/** One element per key; a list repeats its key; empty lists and texts leave an empty element or nothing. */
export function renderXml(root: string, body: Readonly<Record<string, unknown>>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, body)}`
}

/** A text that is rendered as CDATA. */
export class CData {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): string {
    return this.text
  }
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(item => element(name, item)).join('')
  const content = contentOf(value)
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`
}

function contentOf(value: unknown): string {
  if (value instanceof CData) return `<![CDATA[${legal(value.text).replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, item]) => element(key, item))
      .join('')
  }
  return escape(String(value))
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser would turn these into blanks or line feeds.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function escape(text: string): string {
  return /[&<>"'\t\n\r]/.test(text)
    ? legal(text).replaceAll(/[&<>"'\t\n\r]/g, character => escapes[character] ?? '')
    : legal(text)
}

// Control characters but tab and line ends, the two non-characters, and halves of surrogate pairs.
// oxlint-disable-next-line no-control-regex -- these are exactly the characters to remove
const illegal = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu

/** Without the characters that XML 1.0 has no way to write. */
function legal(text: string): string {
  return text.replaceAll(illegal, '')
}
