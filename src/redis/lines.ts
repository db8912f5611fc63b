import { optionsOf, textOf, type IoRedis, type KnownClient, type NodeRedis } from './client.ts'

/** A connection that Redis tells of changes. It is not mended: who needs it opens another. */
export interface Line {
  /** Resolves when every change from now on is told. */
  readonly opened: Promise<void>
  ping(): Promise<unknown>
  /** At any time, also while it opens. */
  close(): void
}

/** Told of the key that changed. Undefined: all of them, the server was emptied. */
export type OnChange = (key: string | undefined) => void

export type OpenLine = (prefix: string, onChange: OnChange) => Line

/**
 * Client tracking in broadcast mode (Redis 6): every change under the prefix, by whomever. Undefined for a cluster,
 * each of whose servers would have to be heard.
 */
export function lineOpener(known: KnownClient): OpenLine | undefined {
  if (known.kind === 'node-redis') return openNodeRedis(known.client)
  if (known.kind === 'ioredis') return openIoRedis(known.client)
  return undefined
}

/** Speaks RESP3, where a change comes as a message of its own kind. */
function openNodeRedis(client: NodeRedis): OpenLine {
  return (prefix, onChange) => {
    const { socket } = optionsOf(client)
    const own = { ...(typeof socket === 'object' ? socket : {}), reconnectStrategy: false }
    const overrides = { RESP: 3, emitInvalidate: true, clientSideCache: undefined, socket: own } as const
    const line = client.duplicate(overrides)
    line.on('error', () => {}) // A ping that fails says the same.
    line.on('invalidate', (key) => onChange(textOf(key)))
    const open = async (): Promise<void> => {
      await line.connect()
      // The client asks for tracking of what it reads itself. Nothing is read here.
      await line.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
      await line.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', prefix])
    }
    return { opened: open(), ping: () => line.sendCommand(['PING']), close: () => line.destroy() }
  }
}

/** Speaks RESP2, where changes come through a channel to which they are redirected. */
function openIoRedis(client: IoRedis): OpenLine {
  return (prefix, onChange) => {
    const line = client.duplicate({ protocol: 2, lazyConnect: true, retryStrategy: () => null })
    line.on('error', () => {})
    line.on('messageBuffer', (_channel, keys) => {
      if (!Array.isArray(keys)) onChange(undefined)
      else for (const key of keys) onChange(textOf(key))
    })
    const open = async (): Promise<void> => {
      await line.connect()
      const id = String(await line.call('CLIENT', 'ID'))
      await line.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix)
      await line.subscribe('__redis__:invalidate')
    }
    return { opened: open(), ping: () => line.ping(), close: () => line.disconnect() }
  }
}
