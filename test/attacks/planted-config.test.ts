import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { holdfast } from '../cli/run.ts'

// The command runs the configuration that it finds above the working directory. On a machine that others use too, one
// of them puts a file where everybody may, such as /tmp, and waits for an operator in a folder below.
// The class of CVE-2022-24765.

describe('a configuration that somebody else planted', { skip: process.platform === 'win32' }, () => {
  const shared = mkdtempSync(join(tmpdir(), 'holdfast-shared-'))
  const proof = join(shared, 'it-ran')
  after(() => rmSync(shared, { recursive: true }))
  writeFileSync(
    join(shared, 'holdfast.config.mjs'),
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(proof)}, '')`,
  )
  mkdirSync(join(shared, 'mine/below'), { recursive: true })

  for (const mode of [0o777, 0o1777]) {
    test(`in a folder of mode ${mode.toString(8)} above this one is not run`, () => {
      chmodSync(shared, mode)
      for (const folder of ['mine', 'mine/below']) {
        const { stderr, status } = holdfast(['clear-expired'], { cwd: join(shared, folder) })
        assert.ok(stderr.includes(`as far as ${shared}, where anybody may put files.`), stderr)
        assert.equal(status, 2)
      }
      assert.equal(existsSync(proof), false)
    })
  }

  test('would be, where only its owner writes', () => {
    chmodSync(shared, 0o755)
    holdfast(['clear-expired'], { cwd: join(shared, 'mine') })
    assert.equal(existsSync(proof), true)
  })
})
