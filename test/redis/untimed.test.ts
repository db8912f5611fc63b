import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { createClient } from 'redis'
import { untimed } from '../../src/redis/untimed.ts'

test('what waits when the connection is lost is given up, and what comes after it is not', () => {
  const client = new EventEmitter()
  const options = untimed(client)
  const waiting = options()
  assert.equal(waiting.timeout, 0)
  assert.equal(waiting.abortSignal.aborted, false)
  client.emit('reconnecting')
  assert.equal(waiting.abortSignal.aborted, true)
  assert.equal(options().abortSignal.aborted, false)
})

test('a command that was given up is never sent', async () => {
  // Without a connection the client keeps commands for later.
  const client = createClient({ socket: { port: 1, host: '127.0.0.1', reconnectStrategy: 1 } })
  client.on('error', () => {})
  const connecting = client.connect().catch(() => {})
  await new Promise<void>((resolve) => client.once('reconnecting', () => resolve()))
  const options = untimed(client)
  await assert.rejects(client.sendCommand(['GET', 'key'], options()), { message: /abort/i })
  client.destroy()
  await connecting
})
