import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parallel } from '../../src/testing/records.ts'
import { login, look, send } from './client.ts'
import { startServer, type ServerProcess } from './processes.ts'

const WRITES = 1000
const WRITERS = 16
const SESSIONS = 20
/** The server dies when so many writes are acknowledged, with others on their way. */
const KILLED_AT = [200, 500, 800]

describe('a process killed in the middle of a thousand acknowledged writes', () => {
  for (const synchronous of ['full', 'normal'] as const) {
    test(`loses none of them, and no logout (synchronous ${synchronous})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
      const path = join(folder, 'sessions.sqlite')
      const start = (): Promise<ServerProcess> => startServer({ store: 'sqlite', path, synchronous })
      let server = await start()
      const cookies = await parallel(SESSIONS, (index) => login(server.port, `user${index}`))

      const acknowledged: { cookie: string; key: string }[] = []
      const signedOut: string[] = []
      const kills = [...KILLED_AT]
      let next = 0
      let restarting: Promise<void> | undefined
      const restart = async (): Promise<void> => {
        await server.kill()
        server = await start()
        restarting = undefined
      }
      const write = async (): Promise<void> => {
        while (acknowledged.length < WRITES) {
          await restarting
          const turn = next++
          const cookie = cookies[turn % SESSIONS] ?? ''
          if (turn % 100 === 99) await signInAndOut(`guest${turn}`)
          else if (await succeeds(`/set?key=key${turn}&value=${turn}`, cookie)) {
            acknowledged.push({ cookie, key: `key${turn}` })
          }
          if (acknowledged.length >= (kills[0] ?? Infinity)) {
            kills.shift()
            restarting = restart()
          }
        }
      }
      const succeeds = async (request: string, cookie: string): Promise<boolean> => {
        try {
          return (await send(server.port, request, cookie)).status === 200
        } catch {
          return false // The server died before it answered.
        }
      }
      const signInAndOut = async (subject: string): Promise<void> => {
        const cookie = await login(server.port, subject).catch(() => undefined)
        if (cookie !== undefined && (await succeeds('/logout', cookie))) signedOut.push(cookie)
      }

      try {
        await parallel(WRITERS, write)
        await restart()
        const found = new Map(
          await Promise.all(cookies.map(async (cookie) => [cookie, (await look(server.port, cookie)).data] as const)),
        )
        const lost = acknowledged.filter(({ cookie, key }) => found.get(cookie)?.[key] === undefined)
        assert.deepEqual(lost, [])
        assert.ok(acknowledged.length >= WRITES && kills.length === 0)
        assert.ok(signedOut.length > 0)
        for (const cookie of signedOut) assert.equal((await look(server.port, cookie)).subject, null)
      } finally {
        await server.stop()
        rmSync(folder, { recursive: true })
      }
    })
  }
})
