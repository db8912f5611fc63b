import assert from 'node:assert/strict'
import { mkdtempDisposable, readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ENTRY, labAssets } from '../src/build/assets.ts'

describe("the lab's scripts", () => {
  test('are built once, however many ask for them at once', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lab-'))
    const dist = join(folder.path, 'dist')
    const notes: string[] = []
    const ask = () => labAssets({ dist, note: (line) => notes.push(line) })
    const [first, second] = await Promise.all([ask(), ask()])
    assert.deepEqual(first, second)
    assert.deepEqual(await readdir(dist), [first.version], 'nothing half-built is left')
    const { mtimeMs } = await stat(join(first.folder, ENTRY))

    notes.length = 0
    assert.deepEqual(await ask(), first)
    assert.deepEqual(notes, [])
    assert.equal((await stat(join(first.folder, ENTRY))).mtimeMs, mtimeMs)
  })

  test('bring the editor along only when a page asks for it', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lab-'))
    const { folder: scripts } = await labAssets({ dist: join(folder.path, 'dist') })
    const names = (await readdir(scripts)).sort()
    assert.ok(names.includes('editor.js'))
    for (const name of names) {
      const text = await readFile(join(scripts, name), 'utf8')
      assert.ok(name === 'editor.js' || !text.includes('cm-editor'), name)
      assert.doesNotMatch(text, /\beval\(|new Function\(/, name)
    }
  })
})
