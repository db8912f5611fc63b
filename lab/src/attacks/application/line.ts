import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** The way from a browser to the application, with somebody listening on it. */
export interface Line {
  readonly port: number
  /** All bytes that went by, both ways, as far as the sniffer's memory goes. */
  heard(): string
  cut(): void
}

/** @param target The port it leads to: a real connection for each that comes in, passed on byte by byte. */
export async function openLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>()
  const chunks: Buffer[] = []
  let bytes = 0
  const hear = (chunk: Buffer): void => {
    if (bytes >= MOST_BYTES) return
    bytes += chunk.length
    chunks.push(chunk)
  }
  const server = createServer((browser) => {
    const application = connect(target, '127.0.0.1')
    for (const [end, other] of [
      [browser, application],
      [application, browser],
    ] as const) {
      sockets.add(end)
      end.on('data', hear)
      end.on('error', () => other.destroy())
      end.on('close', () => sockets.delete(end))
      end.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(chunks).toString('latin1'),
    cut() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const MOST_BYTES = 256 * 1024
