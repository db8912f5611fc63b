import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkSettings } from '../../src/check/check.ts'
import { parseDjangoSettings } from '../../src/django.ts'
import { DJANGOS, NO_DJANGO } from '../support/django.ts'

// Generated settings, checked here and by Django itself.

const [{ python, major: version } = { python: 'python3', major: 0 }] = DJANGOS

/** Each text is a settings module; the answer is what `manage.py check --deploy` warns of. */
const CHECK_DEPLOY = `
import json, logging, os, sys, types
logging.disable(logging.CRITICAL)

settings_module = types.ModuleType('first_settings')
settings_module.SECRET_KEY = 'x'
sys.modules['first_settings'] = settings_module
os.environ['DJANGO_SETTINGS_MODULE'] = 'first_settings'
import django
from django.conf import Settings, settings
from django.core import checks
django.setup()

def warned(text):
    module = types.ModuleType('generated_settings')
    exec(text, module.__dict__)
    sys.modules['generated_settings'] = module
    settings._wrapped = Settings('generated_settings')
    found = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    return [message.id for message in found]

json.dump([warned(text) for text in json.load(sys.stdin)], sys.stdout)
`

/** The warnings of a new project, and its settings. */
const START_PROJECT = `
import os, subprocess, sys, tempfile
with tempfile.TemporaryDirectory() as folder:
    run = lambda *args: subprocess.run([sys.executable, *args], cwd=folder, capture_output=True, text=True).stderr
    run('-m', 'django', 'startproject', 'shop', '.')
    print(run('manage.py', 'check', '--deploy'))
    print('=== settings')
    print(open(os.path.join(folder, 'shop', 'settings.py')).read())
`

test('W010 to W016 are told exactly where Django tells them', { skip: NO_DJANGO, timeout: 120_000 }, () => {
  // Before Django 4 a value that merely counts as true was enough.
  const flag = fc.constantFrom('True', 'True', 'False', ...(version < 4 ? [] : ['1', "'True'", 'None', '[]']))
  const useSessions = fc.constantFrom(
    'True',
    'False',
    '1',
    '0',
    "''",
    "'no'",
    'None',
    '[]',
    '[0]',
    '{}',
    "{'a': 1}",
    '0.0',
  )
  const apps = fc.subarray(["'django.contrib.sessions'", "'django.contrib.auth'", "'django.contrib.contenttypes'"])
  const middleware = fc.subarray([
    "'django.contrib.sessions.middleware.SessionMiddleware'",
    "'django.middleware.csrf.CsrfViewMiddleware'",
    "'django.middleware.security.SecurityMiddleware'",
  ])
  const list = (name: string, items: fc.Arbitrary<string[]>): fc.Arbitrary<string> =>
    fc
      .tuple(items, fc.boolean())
      .map(([entries, isTuple]) =>
        isTuple
          ? `${name} = (${entries.map((entry) => `${entry}, `).join('')})`
          : `${name} = [${entries.join(',\n  ')}]`,
      )
  const line = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    value.map((one) => `${name} = ${one}`)
  const maybe = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(text, { nil: '' })
  const settings = fc
    .tuple(
      maybe(line('SESSION_COOKIE_SECURE', flag)),
      maybe(line('SESSION_COOKIE_HTTPONLY', flag)),
      maybe(line('CSRF_COOKIE_SECURE', flag)),
      maybe(line('CSRF_USE_SESSIONS', useSessions)),
      maybe(list('INSTALLED_APPS', apps)),
      maybe(list('MIDDLEWARE', middleware)),
    )
    .map((lines) => `SECRET_KEY = 'a'\n${lines.join('\n')}\n`)

  const texts = fc.sample(settings, 500)
  const input = JSON.stringify(texts)
  const { stdout, stderr, status } = ask(python, CHECK_DEPLOY, input)
  assert.equal(status, 0, stderr)
  const theirs = JSON.parse(stdout) as readonly string[][]
  const seen = new Set<string>()
  for (const [index, text] of texts.entries()) {
    const expected = (theirs[index] ?? []).filter((id) => /^security\.W01[0-6]$/.test(id)).toSorted()
    const findings = checkSettings(parseDjangoSettings(text)).filter(({ id }) => id.startsWith('security.'))
    assert.deepEqual(
      findings.flatMap(({ id, state }) => (state === 'holds' ? [] : [id])),
      expected,
      text,
    )
    assert.ok(findings.every(({ state }) => state !== 'unknown'))
    for (const id of expected) seen.add(id)
  }
  assert.equal(seen.size, 7, [...seen].join(' '))
})

test(
  'manage.py check --deploy tells the same of the file that startproject writes',
  { skip: NO_DJANGO, timeout: 120_000 },
  () => {
    const { stdout, stderr, status } = ask(python, START_PROJECT)
    assert.equal(status, 0, stderr)
    const [warnings = '', text = ''] = stdout.split('=== settings\n')
    const expected = Array.from(new Set(warnings.match(/security\.W01[0-6]/g))).toSorted()
    assert.deepEqual(expected, ['security.W012', 'security.W016'])
    const file = parseDjangoSettings(text)
    assert.deepEqual(file.problems, [])
    const wrong = checkSettings(file).filter(({ state }) => state !== 'holds')
    assert.deepEqual(
      wrong.map(({ id, state }) => `${id} ${state}`),
      ['HF001 fails', 'HF002 fails', 'HF003 fails', 'security.W012 fails', 'security.W016 fails'],
    )
  },
)

function ask(path: string, code: string, input = ''): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(path, ['-c', code], { input, encoding: 'utf8', maxBuffer: 1e8 })
}
