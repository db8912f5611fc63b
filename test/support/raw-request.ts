import { once } from 'node:events'
import { connect } from 'node:net'

/** A response as its bytes came: status and all. */
export interface RawAnswer {
  readonly status: number
  readonly text: string
}

/**
 * Sends header bytes that no well-behaved client would send: NUL, CR, Latin-1, two Cookie fields.
 * `cookies` are the values of Cookie fields, one field each, byte for byte.
 */
export async function rawRequest(
  port: number,
  path: string,
  cookies: readonly (string | Buffer)[],
  method = 'GET',
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const fields = cookies.flatMap((value) => [Buffer.from('Cookie: '), bytesOf(value), Buffer.from('\r\n')])
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n`
  socket.write(Buffer.concat([Buffer.from(head), ...fields, Buffer.from('\r\n')]))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }
}

function bytesOf(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value
}
