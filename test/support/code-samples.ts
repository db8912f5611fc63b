import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The samples of a page in one language, TypeScript if nothing is said, in their order. */
export function samplesOf(page: string, language = 'ts'): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')), ([, code]) => code ?? '')
}

/** Puts a sample where it finds `holdfast` as an application would. Answers the file. */
export function writeSample(name: string, code: string): string {
  const folder = join(root, 'test-results/samples')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, code)
  return file
}
