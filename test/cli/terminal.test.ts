import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { sqliteStore, type SessionStore } from '../../src/index.ts'
import { newRecord, parallel } from '../../src/testing/records.ts'
import { ENV, makeProject, type Project } from './project.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const URL = ['--url', 'sqlite:sessions.sqlite']
const QUESTION = 'Sign ada out everywhere? [y/N] '

// `script` of util-linux gives the command a terminal of its own.
describe('in a terminal', { skip: process.platform === 'linux' ? false : 'needs script of util-linux' }, () => {
  for (const [typed, isYes] of [
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    ['\u0003', false],
    ['\u0004', false],
  ] as const) {
    test(`revoke --all asks before, and ${JSON.stringify(typed)} is ${isYes ? 'a yes' : 'no yes'}`, async () => {
      const [project, store] = await projectWith(1)
      const { shown, code } = await inTerminal(project, ['revoke', '--all', '--subject', 'ada', ...URL], typed)
      assert.ok(shown.includes(QUESTION), shown)
      assert.ok(
        shown.includes(isYes ? 'Signed ada out everywhere: 1 session.' : 'holdfast: nothing was revoked'),
        shown,
      )
      assert.equal(code, isYes ? 0 : 1)
      assert.equal((await store.listBySubject('ada')).length, isYes ? 0 : 1)
    })
  }

  test('revoke --all --yes and revoke ID do not ask', async () => {
    const [project, store] = await projectWith(2)
    const [record] = await store.listBySubject('ada')
    for (const args of [
      ['revoke', record?.id ?? '', ...URL],
      ['revoke', '--all', '--yes', '--subject', 'ada', ...URL],
    ]) {
      const { shown, code } = await inTerminal(project, args)
      assert.equal(shown.includes('?'), false, shown)
      assert.equal(code, 0)
    }
    assert.deepEqual(await store.listBySubject('ada'), [])
  })

  test('clear-expired shows how far it is, and leaves only its answer', async () => {
    const [project, store] = await projectWith(0)
    await parallel(1200, () => store.create(newRecord(Date.now() - 2 * 60 * 60 * 1000)))
    const { raw, code } = await inTerminal(project, ['clear-expired', ...URL])
    const lines = raw.split('\r').map((text) => stripVTControlCharacters(text).trim())
    assert.deepEqual(
      lines.filter((text) => text !== ''),
      [
        'Cleared 500 sessions so far',
        'Cleared 1,000 sessions so far',
        'Cleared 1,200 sessions so far',
        'Cleared 1,200 sessions.',
      ],
    )
    assert.equal(code, 0)
  })
})

test('where no terminal is, nothing is asked and no progress shown', async () => {
  const [project, store] = await projectWith(1)
  await parallel(600, () => store.create(newRecord(Date.now() - 2 * 60 * 60 * 1000)))
  const cleared = project.holdfast(['clear-expired', ...URL])
  assert.deepEqual(cleared, { stdout: 'Cleared 600 sessions.\n', stderr: '', status: 0 })
  const { stdout, status } = project.holdfast(['revoke', '--all', '--subject', 'ada', ...URL])
  assert.deepEqual([stdout, status], ['Signed ada out everywhere: 1 session.\n', 0])
})

async function projectWith(sessions: number): Promise<[Project, SessionStore]> {
  const project = makeProject()
  const store = sqliteStore(join(project.folder, 'sessions.sqlite'))
  after(() => store.close?.())
  await parallel(sessions, () => store.create(newRecord(Date.now(), { subject: 'ada' })))
  return [project, store]
}

/** Types the answer when it is asked. */
async function inTerminal({ folder }: Project, args: readonly string[], typed = '') {
  const command = [process.execPath, main, ...args].map((part) => `'${part}'`).join(' ')
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { ...env, ...ENV, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let raw = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const wasAsked = raw.includes('[y/N]')
    raw += text
    if (!wasAsked && raw.includes('[y/N]')) child.stdin.write(typed)
  })
  const [code] = (await once(child, 'close')) as [number]
  return { raw, shown: stripVTControlCharacters(raw), code }
}
