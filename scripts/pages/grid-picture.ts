/** A drawing of rows over columns, in which every cell is filled or not. */
export interface Grid {
  readonly title: string
  /** Each on one or two lines. */
  readonly columns: readonly (readonly string[])[]
  readonly columnWidth: number
  readonly rows: readonly GridRow[]
}

export interface GridRow {
  readonly name: string
  /** One for each column: filled, or not, with a word in it; a row without any is a headline. */
  readonly cells: readonly { readonly filled: boolean; readonly text?: string }[]
}

const [left, top, height] = [130, 56, 34]

export function gridPicture({ title, columns, columnWidth, rows }: Grid): string {
  const right = left + columns.length * columnWidth
  const bottom = top + rows.length * height
  const lines = [
    ...columns.flatMap((name, index) => drawColumn(name, index, columnWidth)),
    ...rows.flatMap((row, index) => drawRow(row, index, columnWidth)),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right + 12} ${bottom + 12}" font-family="sans-serif" font-size="13">
  <title>${title}</title>
  <rect width="100%" height="100%" fill="#ffffff"/>
${lines.map(line => `  ${line}`).join('\n')}
</svg>
`
}

function drawColumn(name: readonly string[], index: number, width: number): string[] {
  const x = left + index * width + width / 2
  return name.map((line, at) => {
    const y = top - 26 + at * 16 + (name.length === 1 ? 16 : 0)
    return `<text x="${x}" y="${y}" text-anchor="middle" fill="#24292f">${line}</text>`
  })
}

function drawRow({ name, cells }: GridRow, index: number, width: number): string[] {
  const y = top + index * height
  if (cells.length === 0) return [`<text x="10" y="${y + 18}" font-weight="bold" fill="#24292f">${name}</text>`]
  const drawn = cells.flatMap(({ filled, text }, at) => {
    const x = left + at * width
    const cell = `<rect x="${x}" y="${y}" width="${width - 2}" height="${height - 8}" fill="${filled ? '#1a7f5a' : '#e6e8eb'}"/>`
    if (text === undefined) return [cell]
    const colour = filled ? '#ffffff' : '#24292f'
    return [
      cell,
      `<text x="${x + width / 2 - 1}" y="${y + 17}" text-anchor="middle" font-size="11" fill="${colour}">${text}</text>`,
    ]
  })
  return [`<text x="${left - 10}" y="${y + 18}" text-anchor="end" fill="#24292f">${name}</text>`, ...drawn]
}
