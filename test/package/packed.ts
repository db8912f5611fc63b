import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

// What a stranger gets: the tarball, installed in a project of its own. It asks the npm registry for the other
// versions of Node and TypeScript, so it is not one of the tests that `npm test` runs; CI runs it.
const root = join(import.meta.dirname, '../..')
const manifest = read<{ version: string; exports: Record<string, unknown>; devDependencies: Record<string, string> }>(
  join(root, 'package.json'),
)
const NODES = ['22.23.3', manifest.devDependencies['node'], '26.9.0']
const TYPESCRIPTS = ['5.9.3', manifest.devDependencies['typescript']]
const FRAMEWORKS = [
  '@hono/node-server',
  '@types/express',
  '@types/koa',
  '@types/node',
  'express',
  'fastify',
  'hono',
  'koa',
]

const folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'))
after(() => rmSync(folder, { recursive: true }))
const tarball = pack()
install()

describe('the package', () => {
  test('holds the build, the migrations and what people read, and nothing else', () => {
    const unexpected = tarball.files
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^(?:dist\/.+\.(?:js|d\.ts)|migrations\/.+\.sql|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(path),
      )
    assert.deepEqual(unexpected, [])
    assert.ok(tarball.files.some(({ path }) => path === 'dist/index.js'))
    assert.ok(tarball.files.some(({ path }) => path === 'migrations/sqlite/0001_sessions.sql'))
  })

  test('passes publint', async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(folder, 'node_modules/holdfast'),
      strict: true,
      pack: false,
    })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg ?? {}, { color: false })),
      [],
    )
  })

  for (const version of NODES) {
    test(`keeps a session on Node ${version}, through every entry`, () => {
      const node = join(folder, `node_modules/node-${majorOf(version)}/bin/node`)
      assert.equal(run(node, ['--version']).trim(), `v${version}`)
      assert.equal(run(node, ['use.js']).trim(), 'Visit 2 of ada')
      const holdfast = (...args: string[]) => run(node, ['node_modules/holdfast/dist/cli/main.js', ...args])
      assert.match(holdfast('keygen'), /^[\w-]{43}\n$/)
      assert.match(holdfast('check', 'settings.py'), /\n11 hold, 0 fail/)
      const url = `sqlite:of-node-${majorOf(version)}.sqlite`
      assert.equal(holdfast('migrate', '--url', url), 'Applied 0001_sessions.sql.\n')
      assert.equal(holdfast('list', '--subject', 'ada'), 'ada has 0 sessions.\n')
    })
  }

  test('can be used without any framework', () => {
    const alone = mkdtempSync(join(tmpdir(), 'holdfast-alone-'))
    try {
      for (const name of ['holdfast', '@lezer', 'cookie', 'lru-cache', '@types/node', 'undici-types']) {
        cpSync(join(folder, 'node_modules', name), join(alone, 'node_modules', name), { recursive: true })
      }
      for (const file of ['alone.ts', 'use.js', 'entries.json']) cpSync(join(folder, file), join(alone, file))
      writeFileSync(join(alone, 'package.json'), '{ "type": "module" }')
      const tsc = join(folder, `node_modules/typescript-${majorOf(TYPESCRIPTS[1])}/bin/tsc`)
      const options = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext', '--types', 'node']
      run(process.execPath, [tsc, ...options, 'alone.ts'], alone)
      assert.equal(run(process.execPath, ['use.js'], alone).trim(), 'Visit 2 of ada')
    } finally {
      rmSync(alone, { recursive: true })
    }
  })

  for (const version of TYPESCRIPTS) {
    for (const config of ['node', 'bundler', 'frameworks-node', 'frameworks-bundler']) {
      test(`has types for TypeScript ${version} (${config})`, () => {
        const tsc = join(folder, `node_modules/typescript-${majorOf(version)}/bin/tsc`)
        assert.match(run(process.execPath, [tsc, '--version']), new RegExp(`Version ${version}`))
        run(process.execPath, [tsc, '-p', `tsconfig.${config}.json`])
      })
    }
  }
})

function pack(): { filename: string; files: { path: string }[] } {
  const [answer] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }),
  ) as { filename: string; files: { path: string }[] }[]
  assert.ok(answer)
  return answer
}

function install(): void {
  cpSync(join(import.meta.dirname, 'consumer'), folder, { recursive: true })
  const { platform, arch } = process
  const dependencies: Record<string, string> = { holdfast: `file:${tarball.filename}` }
  for (const version of NODES) dependencies[`node-${majorOf(version)}`] = `npm:node-${platform}-${arch}@${version}`
  for (const version of TYPESCRIPTS) dependencies[`typescript-${majorOf(version)}`] = `npm:typescript@${version}`
  for (const name of FRAMEWORKS) dependencies[name] = manifest.devDependencies[name] ?? '*'
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }))
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(Object.keys(manifest.exports)))
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'])
}

/** The output, or an error that shows it. */
function run(command: string, args: readonly string[], cwd = folder): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}

function majorOf(version: string | undefined): string {
  return version?.split('.')[0] ?? ''
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
