import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { CHECKS } from '../../src/check/checks.ts'
import { outputTo, wrap } from '../../src/cli/output.ts'
import { holdfast } from './run.ts'

const cwd = mkdtempSync(join(tmpdir(), 'holdfast-check-'))
after(() => rmSync(cwd, { recursive: true }))

const FOUR = `SESSION_COOKIE_AGE = 1200
SESSION_COOKIE_SECURE = True
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
SESSION_COOKIE_HTTPONLY = True
`

function check(text: string | Uint8Array, ...args: readonly string[]) {
  writeFileSync(join(cwd, 'settings.py'), text)
  return holdfast(['check', 'settings.py', ...args], { cwd })
}

describe('what it prints', () => {
  test('each check that holds, with where that is set; and exit code 0', () => {
    const { stdout, stderr, status } = check(FOUR)
    assert.ok(
      stdout.startsWith(`holds        HF001
  A session ends within 12 hours of its last save.
  settings.py:1: SESSION_COOKIE_AGE is 1200.

holds        HF002
  The session cookie travels over https only.
  settings.py:2: SESSION_COOKIE_SECURE is True.
`),
      stdout,
    )
    assert.ok(stdout.endsWith('\n11 hold, 0 fail, 0 cannot be told.\n'))
    assert.deepEqual([stderr, status], ['', 0])
  })

  test('why a check fails, and the line to write; and exit code 1', () => {
    const { stdout, status } = check(`${FOUR}SESSION_COOKIE_SECURE = False\n`)
    assert.ok(
      stdout.includes(`
fails        HF002
  The session cookie travels over https only.
  settings.py:5: SESSION_COOKIE_SECURE is False.
  Why: Without Secure the browser sends the cookie over plain http too, where
  anyone on the way can copy it.
  Write: SESSION_COOKIE_SECURE = True

`),
      stdout,
    )
    assert.ok(stdout.endsWith('\n10 hold, 1 fail, 0 cannot be told.\n'))
    assert.equal(status, 1)
  })

  test('what the file computes, and how to tell it; and exit code 1', () => {
    const text = `${FOUR}SESSION_COOKIE_SECURE = env.bool('SECURE')\n`
    const { stdout, status } = check(text)
    assert.ok(stdout.includes('settings.py:5: SESSION_COOKIE_SECURE is not known: it calls env.bool().'), stdout)
    assert.ok(stdout.endsWith('cannot be told.\nWith --set NAME=VALUE you tell what the file computes.\n'))
    assert.equal(status, 1)

    const told = check(text, '--set', 'SESSION_COOKIE_SECURE=True')
    assert.ok(told.stdout.includes('  SESSION_COOKIE_SECURE is True, passed in.\n'), told.stdout)
    assert.equal(told.status, 0)
    assert.equal(check(text, '--set=SESSION_COOKIE_SECURE = False').status, 1)
  })

  test('--silence is for these checks too', () => {
    assert.equal(check('').status, 1)
    const failing = CHECKS.flatMap(({ id }) => ['--silence', id])
    assert.equal(check('', ...failing).status, 0)
    assert.match(check('', '--silence', 'HF601').stderr, /--silence HF601: there is no such check/)
  })

  test('every check there is, in order', () => {
    const ids = Array.from(check('').stdout.matchAll(/^(?:holds|fails|cannot tell) +(\S+)$/gm), ([, id]) => id)
    assert.deepEqual(
      ids,
      CHECKS.map(({ id }) => id),
    )
  })

  test('for machines the same as JSON', () => {
    const { stdout, status } = check(`${FOUR}SESSION_COOKIE_AGE = env.int('AGE')\n`, '--json')
    const answer = JSON.parse(stdout) as { file: string; ok: boolean; findings: Record<string, unknown>[] }
    assert.deepEqual([answer.file, answer.ok, status], ['settings.py', false, 1])
    assert.equal(answer.findings.length, CHECKS.length)
    const [first, second] = answer.findings
    assert.deepEqual(Object.keys(first ?? {}), ['id', 'title', 'reason', 'fix', 'state', 'found', 'line'])
    assert.deepEqual([first?.['id'], first?.['state'], first?.['line']], ['HF001', 'unknown', 5])
    assert.deepEqual([second?.['id'], second?.['state'], second?.['line']], ['HF002', 'holds', 2])
  })
})

describe('what cannot be checked is told on stderr, with exit code 2', () => {
  for (const [what, text, problem] of [
    [
      'a file that is no Python',
      "A = [1\nB = 'x\n",
      "settings.py cannot be read as Python:\n  settings.py:1:5 this [ is never closed: its ] is missing\n  settings.py:2:5 this string is not closed: its ' is missing before the end of the line",
    ],
    ['a file that is not UTF-8', Uint8Array.of(0x41, 0xff), /^settings\.py cannot be read: .*utf-8/],
    ['a file that is too large', '#'.repeat(300_000), /a file of settings has 262144 characters at most/],
  ] as const) {
    test(what, () => {
      for (const args of [[], ['--json']]) {
        const { stdout, stderr, status } = check(text, ...args)
        if (typeof problem === 'string') assert.equal(stderr, `holdfast: ${problem}\n`)
        else assert.match(stderr.replace(/^holdfast: /, ''), problem)
        assert.deepEqual([stdout, status], ['', 2])
      }
    })
  }

  test('a file that is not there', () => {
    const { stdout, stderr, status } = holdfast(['check', 'none.py'], { cwd })
    assert.match(stderr, /^holdfast: none\.py cannot be read: ENOENT/)
    assert.deepEqual([stdout, status], ['', 2])
  })

  for (const [given, problem] of [
    ['SESSION_COOKIE_SECUR=True', 'no check asks for it; did you mean SESSION_COOKIE_SECURE?'],
    ['SESSION_COOKIE_SECURE=true', /^write a literal here, .* Python writes True$/],
    ['SESSION_COOKIE_SECURE', '= and a value are missing: SESSION_COOKIE_SECURE = …'],
    ['SECRET_KEY=abc', /^write a literal here/],
    ["SECRET_KEY='abc'", 'no check asks for it'],
  ] as const) {
    test(`--set ${given}`, () => {
      const { stdout, stderr, status } = check(FOUR, '--set', given)
      const said = stderr.replace(/^holdfast: --set \w+: /, '').trimEnd()
      if (typeof problem === 'string') assert.equal(said, problem)
      else assert.match(said, problem)
      assert.deepEqual([stdout, status], ['', 2])
    })
  }
})

describe('the terminal', () => {
  const terminal = (columns: number | undefined) => {
    const written: string[] = []
    const stream = { columns, isTTY: true, getColorDepth: () => 8, write: (text: string) => written.push(text) }
    return { written, output: outputTo(stream as unknown as NodeJS.WriteStream) }
  }

  test('a file or a pipe gets no colour, and lines of 80', () => {
    const { stdout } = check('')
    assert.equal(stripVTControlCharacters(stdout), stdout)
    const tooLong = stdout.split('\n').filter((line) => line.length > 80 && line.trim().includes(' '))
    assert.deepEqual(tooLong, [])
  })

  test('is wrapped to, within reason', () => {
    for (const [columns, width] of [
      [60, 60],
      [300, 100],
      [10, 30],
      [undefined, 80],
    ] as const) {
      assert.equal(terminal(columns).output.width, width)
    }
    assert.equal(wrap('one two three', 9, '  '), '  one two\n  three\n')
    assert.equal(wrap('averylongword x', 6, ''), 'averylongword\nx\n')
  })

  test('whoever reads only the first line ends nothing', async () => {
    writeFileSync(join(cwd, 'settings.py'), FOUR)
    const main = join(import.meta.dirname, '../../src/cli/main.ts')
    const child = spawn(process.execPath, [main, 'check', 'settings.py'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    const [code] = (await once(child, 'close')) as [number]
    assert.deepEqual([errors, code], ['', 0])
  })

  test('no character of the file reaches it that it would obey', () => {
    const { stdout } = check("SESSION_ENGINE = 'a\\x1b]0;title\\x07\\u202e\\nb'\n")
    assert.ok(stdout.includes("SESSION_ENGINE is 'a\\u{1b}]0;title\\u{7}\\u{202e}\\u{a}b'."), stdout)
    for (const text of ['A = \x1b[31m\n', 'A = 1 \x1b\n', '\x1b[2J = 1\n', "A = 'x\x1b[31m\n", 'A = [\x1b[31m]\n']) {
      const { stderr, status } = check(text)
      assert.equal(status, 2)
      assert.doesNotMatch(stderr, /[^\P{C}\n]/u)
    }
  })
})
