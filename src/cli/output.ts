import { styleText } from 'node:util'

export interface Output {
  /** As it is: for machines, and for what is wrapped already. */
  readonly print: (text: string) => void
  /** Columns to wrap to. */
  readonly width: number
  /** Coloured where the terminal shows colours and nobody asked for none. */
  readonly paint: (style: Style, text: string) => string
}

export type Style = 'green' | 'red' | 'yellow' | 'bold' | 'dim'

/** Wider lines are hard to read. */
const WIDEST = 100
const NARROWEST = 30
/** Of a file or a pipe, which have no width. */
const USUAL = 80

export function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    print: (text) => void stream.write(text),
    width: Math.min(Math.max(stream.columns ?? USUAL, NARROWEST), WIDEST),
    paint: (style, text) => styleText(style, text, { stream }), // It heeds NO_COLOR, and whether this is a terminal.
  }
}

/** For machines; and when it lands in a terminal after all, there is nothing in it to obey. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, undefined, 2).replaceAll(/[^\P{C}\n]/gu, inJson)
  return `${json}\n`
}

function inJson(character: string): string {
  return Array.from({ length: character.length }, (_, at) => unitOf(character.charCodeAt(at))).join('')
}

function unitOf(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}

/** '1 session', '12,345 sessions' */
export function sessionsIn(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'session' : 'sessions'}`
}

/** Text that comes from elsewhere, without anything that a terminal would obey. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)
}

/** The lines of a table, its cells made harmless, its columns as wide as they have to be. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(harmless))
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks text between words, and puts `indent` before every line. A word that is longer than a line stays whole. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((full) => `${indent}${full}\n`).join('')
}
