import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CHECKS } from '../../src/check/checks.ts'
import { holdfast } from '../cli/run.ts'
import { samplesOf } from '../support/code-samples.ts'
import { rowsOf } from '../support/markdown.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/check.md'), 'utf8')

test('docs/check.md lists every check with its reason and its fix, and no other', () => {
  assert.deepEqual(
    rowsOf(page, 'The checks'),
    CHECKS.map(({ id, title, reason, fix }) => [id, `${title}.`, reason, fix]),
  )
})

describe('the samples of docs/check.md', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-check-docs-'))
  const [settings = ''] = samplesOf('docs/check.md', 'python')
  const [said = ''] = samplesOf('docs/check.md', 'text')
  const [plain = '', withSet = ''] = samplesOf('docs/check.md', 'sh')
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
