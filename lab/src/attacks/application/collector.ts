import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The attacker's own site, to which a script sends what it found. */
export interface Collector {
  readonly url: string
  /** What came in so far. An empty text came from a script that found nothing. */
  readonly loot: readonly string[]
  /** What comes in from now on. */
  next(): Promise<string>
  close(): void
}

/**
 * @param isOurs Whether the attacked application made this cookie. Nothing else is kept: in a real browser
 * `document.cookie` also holds what other pages of this machine have set under the name localhost.
 */
export async function openCollector(isOurs: (cookie: string) => boolean): Promise<Collector> {
  const loot: string[] = []
  let expected = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk.slice(0, LONGEST - text.length)
    })
    request.on('end', () => {
      response.writeHead(204).end()
      if (request.method !== 'POST' || loot.length >= MOST) return
      const taken = text.split('; ').find(isOurs) ?? ''
      loot.push(taken)
      expected.resolve(taken)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    loot,
    next() {
      expected = Promise.withResolvers()
      return expected.promise
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const LONGEST = 4096
const MOST = 10
