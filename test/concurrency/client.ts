import assert from 'node:assert/strict'
import type { AppData } from './app.ts'

export interface Reply {
  readonly status: number
  readonly body: string
  /** As the next request sends it; what was sent when the response set none. */
  readonly cookie: string
}

/** One request with one cookie. A browser would send exactly this. */
export async function send(port: number, path: string, cookie = ''): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { cookie } })
  const set = response.headers.getSetCookie()[0]?.split(';')[0]
  return { status: response.status, body: await response.text(), cookie: set ?? cookie }
}

/** The same, and it must succeed. */
export async function ok(port: number, path: string, cookie = ''): Promise<Reply> {
  const reply = await send(port, path, cookie)
  assert.equal(reply.status, 200, `${path}: ${reply.body}`)
  return reply
}

export async function login(port: number, subject: string): Promise<string> {
  return (await ok(port, `/login?subject=${subject}`)).cookie
}

/** Whose session it is and what it holds, for whoever brings this cookie. */
export async function look(port: number, cookie: string): Promise<{ subject: string | null; data: AppData }> {
  return JSON.parse((await ok(port, '/', cookie)).body) as { subject: string | null; data: AppData }
}
