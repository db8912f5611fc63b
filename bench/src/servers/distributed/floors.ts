import { hash, randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createClient } from 'redis'
import { sessionData } from '../../session-data.ts'
import { tokenOf, type Kept } from '../floor.ts'
import type { Listener, ServerOptions } from '../kind.ts'
import { openPool, openRedis, redisUrl } from './place.ts'

/*
 * The least anyone could write by hand: scan the cookie, hash it, look it up, parse. They are no model: concurrent
 * requests lose updates, a late fill undoes a logout, and a token of somebody else's is asked for like any other.
 */

/** Asks Redis for each request, and keeps sessions nowhere else. */
export const redisFloor: Listener = {
  bare: 'node/bare',
  async start({ sliding, prefix }) {
    const redis = await openRedis()
    return handwritten({
      read: (name) => (sliding ? redis.getEx(prefix + name, { type: 'EX', value: LIFE }) : redis.get(prefix + name)),
      write: (name, json) => redis.setEx(prefix + name, LIFE, json),
    })
  },
}

/** Copies in the process, dropped when Redis tells of a change. Sessions in Redis. */
export const nearFloor: Listener = {
  bare: 'node/bare',
  async start(options) {
    const redis = await openRedis()
    const { prefix } = options
    const near = await nearCopies(options, (name) => redis.get(prefix + name))
    return handwritten({
      read: near.read,
      touch: options.sliding ? (name) => redis.expire(prefix + name, LIFE) : undefined,
      async write(name, json) {
        near.drop(name)
        await redis.setEx(prefix + name, LIFE, json)
      },
    })
  },
}

/** The same with sessions in PostgreSQL, and Redis between. Only a write reaches PostgreSQL. */
export const nearFloorOnPostgres: Listener = {
  bare: 'node/bare',
  async start(options) {
    const redis = await openRedis()
    const pool = openPool()
    const { prefix } = options
    await pool.query('CREATE TABLE IF NOT EXISTS floor (name text PRIMARY KEY, data text NOT NULL, expires bigint)')
    const upsert = {
      name: 'upsert',
      text: `INSERT INTO floor VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET data = excluded.data, expires = excluded.expires`,
    }
    const near = await nearCopies(options, async (name) => {
      const copy = await redis.get(prefix + name)
      if (copy !== null) return copy
      const select = { name: 'select', text: 'SELECT data FROM floor WHERE name = $1', values: [name] }
      const [row] = (await pool.query<{ data: string }>(select)).rows
      if (row !== undefined) await redis.setEx(prefix + name, LIFE, row.data)
      return row?.data ?? null
    })
    return handwritten({
      read: near.read,
      touch: options.sliding ? (name) => redis.expire(prefix + name, LIFE) : undefined,
      async write(name, json) {
        await pool.query({ ...upsert, values: [name, json, Date.now() + LIFE * 1000] })
        near.drop(name)
        await redis.setEx(prefix + name, LIFE, json)
      },
    })
  },
}

const LIFE = 1800

interface Sessions {
  readonly read: (name: string) => string | Promise<string | null>
  readonly write: (name: string, json: string) => Promise<unknown>
  readonly touch?: ((name: string) => Promise<unknown>) | undefined
}

function handwritten({ read, write, touch }: Sessions): RequestListener {
  return (request, response) => void answer(request, response)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/begin') {
      const token = randomBytes(32).toString('base64url')
      await write(hash('sha256', token), JSON.stringify({ user: sessionData, count: 0 }))
      response.setHeader('set-cookie', `session=${token}`).end()
      return
    }
    const name = hash('sha256', tokenOf(request.headers.cookie ?? ''))
    const found = read(name)
    const json = typeof found === 'string' ? found : await found
    if (json === null) {
      response.end()
      return
    }
    const kept = JSON.parse(json) as Kept
    if (request.method === 'POST') {
      kept.count++
      await write(name, JSON.stringify(kept))
      response.end(String(kept.count))
    } else {
      await touch?.(name)
      response.end(kept.user.userId)
    }
  }
}

async function nearCopies({ prefix }: ServerOptions, ask: (name: string) => Promise<string | null>) {
  const copies = new Map<string, string>()
  const line = createClient({ url: redisUrl(), RESP: 3, emitInvalidate: true })
  line.on('invalidate', (key: string | Buffer | null) => {
    if (key === null) copies.clear()
    else copies.delete(key.toString().slice(prefix.length))
  })
  await line.connect()
  await line.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
  await line.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', prefix])
  return {
    drop: (name: string) => copies.delete(name),
    read: (name: string) => copies.get(name) ?? keep(name),
  }

  async function keep(name: string): Promise<string | null> {
    const json = await ask(name)
    if (json !== null) copies.set(name, json)
    return json
  }
}
