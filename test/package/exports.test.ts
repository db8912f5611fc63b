import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { 'holdfast-source': string; types: string; default: string }>
}

/** A file directly in these folders is public; every other file is private. */
const PUBLIC = ['src/*.ts', 'src/{stores,caches,engines,adapters}/*.ts']

test('every public file has exactly one entry in exports, and every entry a public file', () => {
  const expected = globSync(PUBLIC, { cwd: root }).map(entryOf).toSorted()
  const actual = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
  assert.deepEqual(actual.toSorted(), expected)
})

test('every entry points at its source, its types and its code', () => {
  for (const file of globSync(PUBLIC, { cwd: root })) {
    const built = file.replace(/^src\//, './dist/').replace(/\.ts$/, '')
    assert.deepEqual(manifest.exports[entryOf(file)], {
      'holdfast-source': `./${file}`,
      types: `${built}.d.ts`,
      default: `${built}.js`,
    })
  }
})

test('every entry can be imported', async () => {
  for (const entry of Object.keys(manifest.exports).filter((name) => name !== './package.json')) {
    const loaded = (await import(entry.replace('.', 'holdfast'))) as object
    assert.ok(Object.keys(loaded).length > 0, entry)
  }
})

function entryOf(file: string): string {
  const name = file.replace(/^src\//, '').replace(/\.ts$/, '')
  return name === 'index' ? '.' : `./${name.replace(/^adapters\//, '')}`
}
