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
  /** Nothing passes any more, and nobody is told: a cable that was pulled. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** @param to The server's port, for each connection in the order in which they are made. */
export async function layWire(to: (index: number) => number): Promise<Wire> {
  const answers: Socket[] = []
  const sockets = new Set<Socket>()
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
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hold: (index) => answers[index]?.pause(),
    break: (index) => answers[index]?.destroy(),
    release: (index) => answers[index]?.resume(),
    cut: () => sockets.forEach((socket) => socket.pause()),
    mend: () => sockets.forEach((socket) => socket.resume()),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
