import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createSessions, db, sqliteStore } from '../../src/index.ts'
import { newRecord, parallel } from '../../src/testing/records.ts'
import { samplesOf } from '../support/code-samples.ts'
import { rowsOf } from '../support/markdown.ts'
import { KEY, makeProject } from './project.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
const [config = ''] = samplesOf('docs/cli.md')
/** A command and what it prints. */
const SAMPLES = Array.from(page.matchAll(/^```sh\nnpx holdfast (.*?)\n```\n\n```(?:text|json)\n(.*?)^```$/gms))
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1'

describe('docs/cli.md', () => {
  test('prints what the commands print, one after the other', async () => {
    const project = makeProject()
    project.write('holdfast.config.ts', config)
    const store = sqliteStore(join(project.folder, 'holdfast.sqlite'))
    await parallel(1200, () => store.create(newRecord(Date.now() - 2 * 60 * 60 * 1000)))
    await store.close?.()
    const ids = await signInOn(project.folder, [FIREFOX, SAFARI])
    const written = rowsIn(page).map(([id = '']) => id)
    assert.equal(written.length, 2)
    const real = (text: string): string => exchange(text, written, ids).replace('$DATABASE_URL', 'sqlite:new.sqlite')

    assert.ok(SAMPLES.length >= 7)
    for (const [, command = '', output = ''] of SAMPLES) {
      const { stdout, stderr } = project.holdfast(real(command).split(' '))
      assert.equal(withoutTimes(stdout + stderr), withoutTimes(real(output)), command)
    }
  })

  test('lists every command, and no other', () => {
    const { stdout } = makeProject().holdfast(['help'])
    const commands = Array.from(stdout.matchAll(/^ {2}([\w-]+) {2}/gm), ([, name]) => name)
    const listed = rowsOf(page, 'The command').map(([code = '']) => code.split(' ')[1])
    assert.deepEqual(new Set(listed), new Set(commands))
  })

  test('shows every sample with what it prints', () => {
    assert.equal(samplesOf('docs/cli.md', 'sh').length, SAMPLES.length)
  })
})

/** Each in a browser of its own, oldest first. */
async function signInOn(folder: string, userAgents: readonly string[]): Promise<string[]> {
  await using sessions = createSessions({ keys: [KEY], engine: db(sqliteStore(join(folder, 'holdfast.sqlite'))) })
  for (const userAgent of userAgents) {
    const request = new Request('http://localhost/', { headers: { 'user-agent': userAgent } })
    await sessions.handle(request, async (session) => {
      await session.login('42')
      return new Response()
    })
  }
  return (await sessions.list('42')).map(({ id }) => id)
}

function rowsIn(text: string): string[][] {
  return Array.from(text.matchAll(/^([\w-]{22}) {2}\d{4}-.*$/gm), (row) => row.slice(1))
}

function exchange(text: string, from: readonly string[], to: readonly string[]): string {
  return from.reduce((changed, id, index) => changed.replaceAll(id, to[index] ?? ''), text)
}

function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\dZ/g, 'TIME')
}
