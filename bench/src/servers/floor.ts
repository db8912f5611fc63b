import { createHmac, createSecretKey, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sessionData } from '../session-data.ts'
import { KEY, type Listener } from './kind.ts'

export interface Kept {
  user: typeof sessionData
  count: number
}

/** The least anyone could write by hand: scan the cookie, hash it, look it up, parse. */
export const floor: Listener = { bare: 'node/bare', start: () => handwritten(() => true) }

/** The same with what safety costs at least: one HMAC over the token, and asking SQLite whether others wrote. */
export const safeFloor: Listener = {
  bare: 'node/bare',
  start() {
    const key = createSecretKey(KEY, 'utf8')
    const database = new DatabaseSync(join(mkdtempSync(join(tmpdir(), 'holdfast-floor-')), 'floor.sqlite'))
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)')
    const version = database.prepare('PRAGMA data_version')
    const expected = (token: string): Buffer => createHmac('sha256', key).update(token).digest()
    const seals = new Map<string, Buffer>()
    return handwritten((token) => {
      const seal = seals.get(token) ?? expected(token)
      seals.set(token, seal)
      return timingSafeEqual(expected(token), seal) && version.get() !== undefined
    })
  },
}

function handwritten(accepts: (token: string) => boolean): RequestListener {
  const sessions = new Map<string, string>()
  return (request, response) => {
    if (request.url === '/begin') {
      const token = randomBytes(32).toString('base64url')
      sessions.set(hash('sha256', token), JSON.stringify({ user: sessionData, count: 0 }))
      response.setHeader('set-cookie', `session=${token}`).end()
      return
    }
    const token = tokenOf(request.headers.cookie ?? '')
    const name = token !== '' && accepts(token) ? hash('sha256', token) : ''
    const json = sessions.get(name)
    if (json === undefined) {
      response.end()
      return
    }
    const kept = JSON.parse(json) as Kept
    if (request.method === 'POST') {
      kept.count++
      sessions.set(name, JSON.stringify(kept))
      response.end(String(kept.count))
    } else response.end(kept.user.userId)
  }
}

export function tokenOf(header: string): string {
  const at = header.indexOf('session=')
  if (at === -1) return ''
  const end = header.indexOf(';', at)
  return header.slice(at + 'session='.length, end === -1 ? undefined : end)
}
