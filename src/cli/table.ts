/** Lays rows of cells out in columns, indented by two; the first row is the heading. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const lines = rows.map(row => row.map(printable))
  const count = Math.max(0, ...lines.map(line => line.length))
  const widths = Array.from({ length: count }, (_, column) =>
    lines.reduce((widest, line) => Math.max(widest, widthOf(line[column] ?? '')), 0),
  )
  return lines
    .map(line =>
      `  ${line.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell))).join('  ')}`.trimEnd(),
    )
    .join('\n')
}

/** As much of a line as a terminal of that many columns shows without wrapping. */
export function cutToWidth(line: string, columns: number): string {
  let width = 0
  let cut = ''
  for (const character of line) {
    width += widthOf(character)
    if (width > columns) return cut
    cut += character
  }
  return cut
}

/** What somebody else named may hold codes that a terminal would act on. */
function printable(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, '?')
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u

/** Columns of a terminal that a text takes; Chinese characters take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) ? 2 : 1
  return width
}
