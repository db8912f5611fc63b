import { once } from 'node:events'
import { connect } from 'node:net'

/** What came back for many requests that were sent without waiting for one another. */
export interface Pipelined {
  readonly statuses: ReadonlyMap<string, number>
  readonly setCookies: number
}

/**
 * Sends many requests over a few connections, as a bot does: HTTP/1.1 pipelining, so that a hundred thousand real
 * requests take seconds. `request` gives the head of the nth one: request line and fields, without the last blank line.
 */
export async function sendPipelined(
  port: number,
  count: number,
  request: (index: number) => string,
): Promise<Pipelined> {
  const statuses = new Map<string, number>()
  let setCookies = 0
  const share = Math.ceil(count / CONNECTIONS)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, connection) => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      await once(socket, 'connect')
      const first = connection * share
      const last = Math.min(count, first + share)
      let rest = ''
      for (let index = first; index < last;) {
        const batch = Array.from({ length: Math.min(BATCH, last - index) }, (_, offset) => request(index + offset))
        index += batch.length
        socket.write(batch.map((head) => `${head}\r\nHost: 127.0.0.1\r\n\r\n`).join(''), 'latin1')
        for (let answered = 0; answered < batch.length;) {
          const [chunk] = (await once(socket, 'data')) as [Buffer]
          const lines = (rest + chunk.toString('latin1')).split('\r\n')
          rest = lines.pop() ?? ''
          for (const line of lines) {
            // A body has no line end of its own, so the next status line follows right behind it.
            const status = /HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]
            if (status !== undefined) {
              answered++
              statuses.set(status, (statuses.get(status) ?? 0) + 1)
            } else if (/^set-cookie:/i.test(line)) setCookies++
          }
        }
      }
      socket.end()
    }),
  )
  return { statuses, setCookies }
}

const CONNECTIONS = 8
const BATCH = 100
