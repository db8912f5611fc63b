/**
 * The rows of the tables that follow a heading, or a line of text, up to the next heading. With `head` only those of
 * the table whose first column is called so. A cell that is one piece of code comes without ticks.
 */
export function rowsOf(page: string, title: string, head?: string): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === title)
  if (start === -1) throw new Error(`There is no '${title}'`)
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line))
  const rows: string[][] = []
  let above: string[] | undefined
  for (const line of lines.slice(start + 1, length === -1 ? undefined : start + 1 + length)) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined
    // A line of text has its table alone below it.
    if (cells === undefined && rows.length > 0 && !lines[start]?.startsWith('#')) break
    if (above !== undefined && cells !== undefined && (head ?? above[0]) === above[0]) rows.push(cells)
    above = cells && (above ?? cells)
  }
  return rows.filter(([first = '']) => !/^-+$/.test(first))
}

/** What may stand behind the # of a link, as GitHub makes it of the headings. */
export function anchorsOf(page: string): string[] {
  return Array.from(page.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'))
}
