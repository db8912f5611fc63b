import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '../..')

/** What a part of the house may import of ours. A part may always import from itself and its own folder below. */
const ALLOWED: Record<string, readonly string[]> = {
  core: ['token', 'cookie', 'theft'],
  token: ['core'],
  cookie: ['core'],
  theft: ['core', 'token'],
  http: ['core'],
  engines: ['core'],
  stores: ['core', 'redis'],
  caches: ['core', 'redis'],
  redis: ['core'],
  adapters: ['core', 'http'],
  django: ['core', 'cookie', 'theft', 'token', 'engines', 'stores', 'caches', 'redis', 'index'],
  check: ['django'],
  cli: ['core', 'token', 'check', 'django', 'engines', 'stores', 'index'],
  testing: ['core', 'index'],
  index: ['core', 'cookie', 'engines', 'stores', 'caches'],
}

/** Leaves know their contract and not each other. `cache` is `db` over a store that may forget, and says so. */
const LEAVES = ['engines', 'stores', 'caches', 'adapters']
const SIDEWAYS = new Set(['src/engines/cache.ts -> src/engines/db.ts'])

interface Edge {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const edges: Edge[] = globSync('src/**/*.ts', { cwd: root }).flatMap((from) => {
  const source = readFileSync(join(root, from), 'utf8')
  return Array.from(source.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from '(\.[^']+)'/gm), ([, type, target]) => ({
    from,
    to: normalize(join(dirname(from), target ?? '')),
    typeOnly: type !== undefined,
  }))
})

describe('imports', () => {
  test('go only where the house allows', () => {
    const wrong = edges.filter(({ from, to }) => {
      const [part, target] = [partOf(from), partOf(to)]
      return part !== target && ALLOWED[part]?.includes(target) !== true
    })
    assert.deepEqual(wrong, [])
  })

  test('do not go sideways between leaves', () => {
    const wrong = edges
      .filter(
        ({ from, to }) => LEAVES.includes(partOf(from)) && partOf(from) === partOf(to) && leafOf(from) !== leafOf(to),
      )
      .map(({ from, to }) => `${from} -> ${to}`)
      .filter((edge) => !SIDEWAYS.has(edge))
    assert.deepEqual(wrong, [])
  })

  test('form no cycle at run time', () => {
    const graph = new Map<string, string[]>()
    for (const { from, to, typeOnly } of edges) if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to])
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `cycle: ${[...path, file].join(' -> ')}`)
      if (done.has(file)) return
      for (const next of graph.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
    for (const file of graph.keys()) visit(file, [])
  })

  test('take time and randomness from one place each', () => {
    const users = (pattern: RegExp): string[] =>
      globSync('src/**/*.ts', { cwd: root }).filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))
    assert.deepEqual(users(/Date\.now\(/), ['src/core/clock.ts'])
    assert.deepEqual(users(/from 'node:crypto'[\s\S]*randomFillSync|randomFillSync[\s\S]*from 'node:crypto'/), [
      'src/core/random.ts',
    ])
    assert.deepEqual(users(/Math\.random\(/), ['src/core/random.ts'])
    assert.deepEqual(users(/randomUUID|randomInt|webcrypto/), [])
  })
})

/** `src/core/session.ts` belongs to `core`, `src/django.ts` to `django`. */
function partOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '')
}

/** `src/stores/sqlite.ts` and `src/stores/sqlite/open.ts` are one leaf. */
function leafOf(file: string): string {
  return (file.split('/')[2] ?? '').replace(/\.ts$/, '')
}
