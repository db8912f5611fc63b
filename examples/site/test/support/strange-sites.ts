import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StrangeSite {
  /** On another port of localhost: to the browser another origin of the same site. */
  readonly neighbour: string
  /** Another site altogether. */
  readonly stranger: string
  [Symbol.asyncDispose](): Promise<void>
}

/** A page elsewhere, with one button that sends a form to `target`. */
export async function openStrangeSite(target: string, fields: Readonly<Record<string, string>>): Promise<StrangeSite> {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  const page = `<!doctype html><form method="post" action="${target}">${inputs.join('')}<button>A prize!</button></form>`
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))
  server.listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    neighbour: `http://localhost:${port}`,
    stranger: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
