import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { samplesOf, writeSample } from '../support/code-samples.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const [application = '', types = '', settings = ''] = samplesOf('README.md')

describe('the README', () => {
  test('shows one application in 20 lines', () => {
    const lines = application.split('\n').filter((line) => line.trim() !== '')
    assert.ok(lines.length <= 20, `it has ${lines.length}`)
  })

  test('and that application counts, signs in, and signs out', { timeout: 30_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
    const port = await freePort()
    const key = execFileSync(process.execPath, [join(root, 'src/cli/main.ts'), 'keygen'], { encoding: 'utf8' }).trim()
    const child = spawn(process.execPath, ['--conditions=holdfast-source', writeSample('readme', application)], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), SESSION_KEY: key },
      stdio: 'inherit',
    })
    t.after(async () => {
      child.kill()
      await once(child, 'exit')
      rmSync(folder, { recursive: true })
    })
    const visit = await browser(`http://localhost:${port}`)

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

/** Keeps the one cookie and follows redirects by hand, as `fetch` has no jar. Waits until the server answers. */
async function browser(origin: string): Promise<(method: string, path: string) => Promise<string>> {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(origin)
      break
    } catch (error) {
      if (tries === 200) throw error
      await sleep(50)
    }
  }
  let cookie = ''
  return async (method, path) => {
    const response = await fetch(origin + path, { method, headers: { cookie }, redirect: 'manual' })
    const set = response.headers.getSetCookie()[0]
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return response.text()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
