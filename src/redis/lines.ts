import type { IoRedis, NodeRedis, NodeRedisClient } from './client.ts'

/** A connection that Redis tells of changes. It is not mended: who needs it opens another. */
export interface Line {
  ping(): Promise<unknown>
  close(): void
}

/** Told of the key that changed, or of all at once when the server was emptied. */
export type OnChange = (key: string | 'all') => void

export type OpenLine = (prefix: string, onChange: OnChange) => Promise<Line>

/**
 * Client tracking in broadcast mode (Redis 6): every change under the prefix, by whomever. Undefined for a cluster,
 * each of whose servers would have to be heard.
 */
export function lineOpener(client: NodeRedis | IoRedis): OpenLine | undefined {
  if ('masters' in client || ('nodes' in client && 'slots' in client)) return undefined
  return 'sendCommand' in client ? openNodeRedis(client) : openIoRedis(client)
}

/** Speaks RESP3, where a change comes as a message of its own kind. */
function openNodeRedis(client: NodeRedisClient): OpenLine {
  return async (prefix, onChange) => {
    const socket = { ...client.options?.socket, reconnectStrategy: false as const }
    const line = client.duplicate({ RESP: 3, emitInvalidate: true, socket })
    line.on('error', () => {}) // A ping that fails says the same.
    line.on('invalidate', (key) => onChange(key === null ? 'all' : String(key)))
    await line.connect()
    // The client asks for tracking of what it reads itself. Nothing is read here.
    await line.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
    await line.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', prefix])
    return { ping: () => line.sendCommand(['PING']), close: () => line.destroy() }
  }
}

/** Speaks RESP2, where changes come through a channel to which they are redirected. */
function openIoRedis(client: IoRedis): OpenLine {
  return async (prefix, onChange) => {
    const line = client.duplicate({ protocol: 2, lazyConnect: true, retryStrategy: () => null, keyPrefix: '' })
    line.on('error', () => {})
    line.on('message', (_channel, joined) => {
      // The client joins the keys of one message by commas. Each begins with the prefix.
      const [first = '', ...others] = String(joined).split(`,${prefix}`)
      onChange(first === '' ? 'all' : first)
      for (const rest of others) onChange(prefix + rest)
    })
    await line.connect()
    const id = String(await line.call('CLIENT', 'ID'))
    await line.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix)
    await line.subscribe('__redis__:invalidate')
    return { ping: () => line.ping(), close: () => line.disconnect() }
  }
}
