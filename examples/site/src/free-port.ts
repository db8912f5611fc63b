import { once } from 'node:events'
import { createServer } from 'node:net'

/** Before anything is opened or made. @throws with code EADDRINUSE when the port is taken. */
export async function checkPort(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
