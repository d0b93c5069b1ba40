import { readFileSync } from 'node:fs'
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { UsageError } from './usage-error.ts'

export type YamlPath = readonly (string | number)[]

/** A YAML or JSON file that can say on which line a part of it stands. */
export interface YamlFile {
  readonly path: string
  readonly value: unknown
  /** `seed.yaml line 4, instances[0].zone`; the line of the nearest part that is there. */
  locate(path: YamlPath): string
}

/** Reads a file; throws UsageError when it is not there or not YAML. */
export function readYamlFile(path: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    throw new UsageError(`${path} line ${lines.linePos(error.pos[0]).line}: ${error.message}.`)
  }
  return {
    path,
    value: document.toJS() ?? {},
    locate(parts) {
      const offset = offsetOf(document, parts)
      const place = parts.reduce<string>((all, part) => all + (typeof part === 'number' ? `[${part}]` : `.${part}`), '')
      return `${path} line ${lines.linePos(offset).line}${place === '' ? '' : `, ${place.replace(/^\./, '')}`}`
    },
  }
}

/** The first thing that validation has against a file, with its place. */
export function describeIssue(file: YamlFile, issues: readonly z.core.$ZodIssue[]): string {
  const issue = issues[0]
  if (issue === undefined) return `${file.path} is not valid.`
  const path = issue.path.filter(part => typeof part !== 'symbol')
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    return `${file.locate([...path, key])}: there is no key "${key}".`
  }
  // The name of a key is wrong: what is wrong with it says an issue of its own.
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message
  return `${file.locate(path)}: ${message}.`
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (reason) {
    const code = (reason as NodeJS.ErrnoException).code
    throw new UsageError(code === 'ENOENT' ? `${path} does not exist.` : `${path} cannot be read (${code}).`)
  }
}

/** Where the key of `path` begins, or the nearest parent that exists. */
function offsetOf(document: Document, path: YamlPath): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    if (isMap(parent)) {
      const pair = parent.items.find(item => String(item.key) === String(key))
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range
      if (range !== undefined) return range[0]
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined
    if (node?.range !== undefined) return node.range[0]
  }
  return 0
}
