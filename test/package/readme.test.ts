import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { samplesOf, writeSample } from '../support/code-samples.ts'
import { startProgram } from '../support/program.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const [application = '', types = '', settings = ''] = samplesOf('README.md')

describe('the README', () => {
  test('shows one application in 20 lines', () => {
    const lines = application.split('\n').filter((line) => line.trim() !== '')
    assert.ok(lines.length <= 20, `it has ${lines.length}`)
  })

  test('and that application counts, signs in, and signs out', { timeout: 30_000 }, async (t) => {
    const key = execFileSync(process.execPath, [join(root, 'src/cli/main.ts'), 'keygen'], { encoding: 'utf8' }).trim()
    const { visit, folder } = await startProgram(writeSample('readme', application), { SESSION_KEY: key }, t)

    assert.equal(await visit('GET', '/'), 'Visit 1 of somebody')
    assert.equal(await visit('GET', '/'), 'Visit 2 of somebody')
    await visit('POST', '/login')
    assert.equal(await visit('GET', '/'), 'Visit 3 of ada')
    await visit('POST', '/logout')
    assert.equal(await visit('GET', '/'), 'Visit 1 of somebody')
    assert.ok(existsSync(join(folder, 'holdfast.sqlite')), 'the file that the README names')
  })

  test('samples compile', () => {
    const files = [writeSample('typed', application + types), writeSample('settings', settings)]
    const config = join(root, 'test-results/samples/tsconfig.json')
    writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], exclude: [], files }))
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'pipe' })
  })

  test('starts sessions from the four settings', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
    try {
      execFileSync(process.execPath, ['--conditions=holdfast-source', writeSample('settings', settings)], {
        cwd: folder,
        env: { ...process.env, SECRET_KEY: 'only for this test: 0123456789 abcdef ghijkl' },
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('points to files that are there', () => {
    const links = Array.from(readme.matchAll(/\]\((?!http)([^)#]+)/g), ([, path]) => path ?? '')
    assert.ok(links.length > 20)
    assert.deepEqual(
      links.filter((path) => !existsSync(join(root, path))),
      [],
    )
  })

  test('names the versions and dependencies that package.json has', () => {
    const { engines, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      engines: { node: string }
      dependencies: Record<string, string>
    }
    assert.ok(readme.includes(`Node ${engines.node.replace('>=', '')} or newer`))
    const names = Object.keys(dependencies).map((name) => `\`${name}\``)
    assert.equal(names.length, 3)
    assert.ok(readme.includes(`three dependencies, ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`))
  })
})
