import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** The network between a client and a server, in our hands. */
export interface Wire {
  readonly port: number
  /** What the server says on the connection that was made as number `index` waits until it is released. */
  hold(index: number): void
  release(index: number): void
  /** The connection breaks, with what was held on it. */
  break(index: number): void
  /** All connections break. New ones may be made. */
  breakAll(): void
  /** Nothing passes any more, on new connections either, and nobody is told: a cable that was pulled. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** @param to The server's port, for each connection in the order in which they are made. */
export async function layWire(to: (index: number) => number): Promise<Wire> {
  const answers: Socket[] = []
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    const upstream = connect(to(answers.length), '127.0.0.1')
    answers.push(upstream)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
    if (isCut) for (const socket of [client, upstream]) socket.pause()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hold: (index) => answers[index]?.pause(),
    break: (index) => answers[index]?.destroy(),
    release: (index) => answers[index]?.resume(),
    breakAll: () => sockets.forEach((socket) => socket.destroy()),
    cut() {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    mend() {
      isCut = false
      for (const socket of sockets) socket.resume()
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
