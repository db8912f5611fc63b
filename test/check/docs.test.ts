import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PART_CHECKS } from '../../src/check/check-parts.ts'
import { CHECKS, type Check } from '../../src/check/checks.ts'
import { configOf, makeProject } from '../cli/project.ts'
import { holdfast } from '../cli/run.ts'
import { samplesOf } from '../support/code-samples.ts'
import { rowsOf } from '../support/markdown.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/check.md'), 'utf8')

const rowOf = ({ id, title, reason, fix }: Pick<Check, 'id' | 'title' | 'reason' | 'fix'>) => [
  id,
  `${title}.`,
  reason,
  fix,
]

test('docs/check.md lists every check with its reason and its fix, and no other', () => {
  assert.deepEqual(rowsOf(page, 'The checks'), CHECKS.map(rowOf))
  const parts = ['The application', 'PostgreSQL', 'MySQL and MariaDB', 'Redis', 'SQLite']
  assert.deepEqual(
    parts.flatMap((part) => rowsOf(page, part)),
    PART_CHECKS.map(rowOf),
  )
})

test('docs/check.md says what the command says of a store, and names settings that it knows', () => {
  const project = makeProject()
  project.write('holdfast.config.ts', configOf("db(sqliteStore('a.sqlite', { synchronous: 'normal' }))"))
  const [said = ''] = samplesOf('docs/check.md', 'text')
  const { stdout } = project.holdfast(['check'])
  assert.ok(said.length > 100 && stdout.includes(said), stdout)
  const [, withSet = '', silencing = ''] = samplesOf('docs/check.md', 'sh')
  const [, , , option = '', id = ''] = silencing.trim().split(' ')
  assert.ok(PART_CHECKS.some((check) => check.id === id))
  assert.equal(project.holdfast(['check', option, 'HF601']).status, 0)
  const source = readFileSync(join(import.meta.dirname, '../../src/redis/inspect.ts'), 'utf8')
  for (const [, name = ''] of withSet.matchAll(/--set ([\w-]+)=/g))
    assert.match(source, new RegExp(`^ +${name}: `, 'm'))
})

describe('the samples of docs/check.md on a settings.py', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-check-docs-'))
  const [settings = ''] = samplesOf('docs/check.md', 'python')
  const [, said = ''] = samplesOf('docs/check.md', 'text')
  const [, , , plain = '', withSet = ''] = samplesOf('docs/check.md', 'sh')
  const run = (command: string) => holdfast(command.trim().split(' ').slice(2), { cwd })
  before(() => writeFileSync(join(cwd, 'settings.py'), settings))
  after(() => rmSync(cwd, { recursive: true }))

  test('say what the command says', () => {
    const { stdout, status } = run(plain)
    assert.ok(said.length > 100 && stdout.startsWith(said), stdout)
    assert.equal(status, 1)
  })

  test('hold when what the file computes is told', () => {
    const { stdout, status } = run(withSet)
    assert.match(stdout, /^11 hold, 0 fail, 0 cannot be told\.$/m)
    assert.equal(status, 0)
  })
})
