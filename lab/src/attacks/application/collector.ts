import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { COOKIE } from './browser.ts'

/** The attacker's own site, to which a script sends what it found. */
export interface Collector {
  readonly url: string
  /** What came in so far. An empty text came from a script that found nothing. */
  readonly loot: readonly string[]
  onLoot(listener: (loot: string) => void): void
  close(): void
}

export async function openCollector(): Promise<Collector> {
  const loot: string[] = []
  let tell: (loot: string) => void = () => {}
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk).slice(0, LONGEST - text.length)
    response.writeHead(204).end()
    if (request.method !== 'POST' || loot.length >= MOST) return
    const taken = sessionCookieOf(text)
    loot.push(taken)
    tell(taken)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    loot,
    onLoot(listener) {
      tell = listener
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * Only the cookie of the attacked application. In a real browser `document.cookie` also holds what other pages of
 * this machine have set under the name localhost, and that is nobody's business here.
 */
function sessionCookieOf(text: string): string {
  return text.split('; ').find((pair) => pair.startsWith(`${COOKIE}=`)) ?? ''
}

const LONGEST = 4096
const MOST = 10
