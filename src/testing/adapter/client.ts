import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders as Http2Headers } from 'node:http2'
import type { Protocol } from './application.ts'

/** Speaks to one server, and keeps no cookies. */
export interface Client {
  send(path: string, options?: SendOptions): Sent
  /** Sends, and answers when all is there. */
  ask(path: string, options?: SendOptions): Promise<Answer>
  close(): void
}

export interface SendOptions {
  readonly method?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request under way. */
export interface Sent {
  /** Resolves with the first byte of the response's headers. Rejects if the connection ends before. */
  readonly head: Promise<Head>
  readonly answer: Promise<Answer>
  /** The statuses of the informational responses so far. */
  readonly informed: readonly number[]
  /** Breaks off. In HTTP/2 this request alone. */
  leave(): void
}

export interface Head {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  /** The session's cookie as a browser sends it back; empty if there is none. */
  readonly cookie: string
}

export interface Answer extends Head {
  readonly body: Buffer
  readonly text: string
  /** False when the connection broke before the end of the body. */
  readonly complete: boolean
}

export function createClient(url: string, protocol: Protocol): Client {
  const send = protocol === 'HTTP/1.1' ? http1(url) : http2(url)
  return {
    send,
    ask: (path, options) => send(path, options).answer,
    close: () => send.close(),
  }
}

interface Send {
  (path: string, options?: SendOptions): Sent
  close(): void
}

/** Each request has a connection of its own. */
function http1(url: string): Send {
  const send = (path: string, options: SendOptions = {}): Sent => {
    const receiving = createReceiving()
    const headers = headersOf(options)
    const sending = httpRequest(url + path, { agent: false, method: options.method ?? 'GET', headers })
    sending.on('information', ({ statusCode }) => receiving.informed.push(statusCode))
    sending.on('error', receiving.fail)
    sending.on('response', (response) => {
      receiving.begin(response.statusCode ?? 0, response.headers)
      response.on('data', receiving.take)
      response.on('error', () => {}) // Told by `complete`.
      response.on('close', () => receiving.finish(response.complete))
    })
    // With `Expect` the body waits for the permission to send it.
    if (headers['expect'] === undefined) sending.end(options.body)
    else {
      sending.on('continue', () => sending.end(options.body))
      sending.flushHeaders()
    }
    return { ...receiving.sent, leave: () => void sending.destroy() }
  }
  return Object.assign(send, { close: () => {} })
}

function http2(url: string): Send {
  let connection: ClientHttp2Session | undefined
  const send = (path: string, options: SendOptions = {}): Sent => {
    const receiving = createReceiving()
    connection ??= connect(url).on('error', () => {}) // Each request is told by itself.
    const head = { ':path': path, ':method': options.method ?? 'GET', ...headersOf(options) }
    const sending = connection.request(head, { endStream: options.body === undefined })
    let ended = false
    sending.on('headers', (early: Http2Headers) => receiving.informed.push(Number(early[':status'])))
    sending.on('response', (received: Http2Headers) => {
      receiving.begin(Number(received[':status']), received)
    })
    sending.on('data', receiving.take)
    sending.on('end', () => (ended = true))
    sending.on('error', receiving.fail)
    sending.on('close', () => {
      receiving.finish(ended && sending.rstCode === constants.NGHTTP2_NO_ERROR)
    })
    if (options.body !== undefined) sending.end(options.body)
    return { ...receiving.sent, leave: () => sending.close(constants.NGHTTP2_CANCEL) }
  }
  return Object.assign(send, { close: () => connection?.close() })
}

function headersOf({ cookie = '', headers = {} }: SendOptions): Record<string, string> {
  return cookie === '' ? { ...headers } : { ...headers, cookie }
}

/** Gathers one answer, however it comes. */
function createReceiving() {
  const informed: number[] = []
  const chunks: Buffer[] = []
  const head = Promise.withResolvers<Head>()
  const answer = Promise.withResolvers<Answer>()
  // Not every test looks at both.
  head.promise.catch(() => {})
  answer.promise.catch(() => {})
  let begun: Head | undefined
  const fail = (error: unknown): void => {
    head.reject(error)
    if (begun === undefined) answer.reject(error)
  }
  return {
    informed,
    fail,
    begin(status: number, headers: IncomingHttpHeaders): void {
      const setCookies = headers['set-cookie'] ?? []
      const own = setCookies.findLast((line) => line.startsWith(COOKIE)) ?? ''
      begun = { status, headers, setCookies, cookie: own.split(';')[0] ?? '' }
      head.resolve(begun)
    },
    take: (chunk: Buffer): number => chunks.push(chunk),
    finish(complete: boolean): void {
      if (begun === undefined) fail(new Error('The connection ended before a response began'))
      else {
        const body = Buffer.concat(chunks)
        answer.resolve({ ...begun, body, text: body.toString(), complete })
      }
    },
    sent: { head: head.promise, answer: answer.promise, informed },
  }
}

const COOKIE = '__Host-session='
