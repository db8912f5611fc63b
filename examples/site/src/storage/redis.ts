import { createClient, type RedisClientType } from 'redis'
import { placeOf, reasonOf } from './place.ts'

export interface RedisConnection {
  readonly client: RedisClientType
  close(): void
}

/**
 * It connects by itself, at the start and whenever the connection was lost. Nobody waits for that: Redis holds copies,
 * and without them the shop reads from PostgreSQL.
 */
export function openRedis(url: string, note: (line: string) => void): RedisConnection {
  const client: RedisClientType = createClient({ url })
  let said: string | undefined
  client.on('error', (error: unknown) => {
    const reason = reasonOf(error)
    if (reason !== said) note(`Redis at ${placeOf(url)} does not serve, so all is read from PostgreSQL: ${reason}`)
    said = reason
  })
  client.on('ready', () => {
    if (said !== undefined) note(`Redis at ${placeOf(url)} serves again`)
    said = undefined
  })
  client.connect().catch(() => {}) // Closed before it connected. The rest is said above.
  return { client, close: () => client.destroy() }
}
