import { createClient } from 'redis'
import { redisCache } from '../../src/caches/redis.ts'
import { until } from '../support/until.ts'

// A process with a near cache, which tells what it knows of an id as soon as it is asked.
const [port, prefix = ''] = process.argv.slice(2)
const client = createClient({ socket: { host: '127.0.0.1', port: Number(port) } })
await client.connect()
const cache = redisCache(client, { prefix })

process.on('message', (id: string) => {
  const found = cache.get(id)
  if (!(found instanceof Promise)) process.send?.({ near: true, found })
  else void found.then((answer) => process.send?.({ near: false, found: answer ?? null }))
})
process.on('disconnect', () => process.exit())
await until(() => cache.near)
process.send?.('ready')
