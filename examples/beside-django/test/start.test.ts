import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { DJANGOS, NO_DJANGO } from '../../../test/support/django.ts'
import { until } from '../../../test/support/until.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(import.meta.dirname, '../src/main.ts')
const NODE = [process.execPath, '--conditions=holdfast-source'] as const

test('without Django it says how to install it', () => {
  const env = { ...process.env, PYTHON: join(ROOT, 'no-python'), REDIS_URL: 'redis://127.0.0.1' }
  const { status, stderr } = spawnSync(NODE[0], [NODE[1], MAIN], { env, encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /^Django, with what it needs for Redis, was not found\./)
  assert.match(stderr, /python3 -m venv \S+ && \S+pip install 'django>=3\.2' redis$/m)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`one command starts both, and ${signal} ends both`, { skip: NO_DJANGO }, async (t) => {
    const env = { ...process.env, PYTHON: DJANGOS[0]?.python, PORT: '0', DATA_DIR: newFolder(t) }
    const child = spawn(NODE[0], [NODE[1], MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const address = (): string | undefined => /open at (http:\S+)\n/.exec(output)?.[1]
    await until(() => address() !== undefined || child.exitCode !== null)
    for (const [path, side] of [
      ['/', 'Django'],
      ['/cart/', 'Node'],
    ]) {
      const page = await (await fetch(`${address()}${path}`)).text()
      assert.match(page, new RegExp(`>${side} [\\d.]+</span> made this page`))
    }
    child.kill(signal)
    child.kill(signal) // npm and the terminal may each send it.
    assert.equal((await once(child, 'exit'))[0], 0)
  })
}

test('holdfast check has nothing to mend in its settings.py', () => {
  const engine = "SESSION_ENGINE='django.contrib.sessions.backends.cached_db'"
  const file = join(import.meta.dirname, '../django/settings.py')
  const found = execFileSync(NODE[0], [NODE[1], join(ROOT, 'src/cli/main.ts'), 'check', file, '--set', engine], {
    encoding: 'utf8',
  })
  assert.match(found, /^11 hold, 0 fail, 0 cannot be told\.$/m)
})

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bakery-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
