import { once } from 'node:events'
import { Agent, createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { createBrowser, type Browser } from './browser.ts'

const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

/** A browser in front of a server of its own, until the tests of this file are over. */
export async function serve(listener: RequestListener): Promise<Browser> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent()
  closing.push(() => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  return createBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, agent)
}
