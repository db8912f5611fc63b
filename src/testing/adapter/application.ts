import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'

/** What `adapterContract` needs of an adapter: servers that use it. What is left out is not tested. */
export interface AdapterUnderTest {
  /** Starts a server whose every request, whatever its path and method, goes through the adapter to `handle`. */
  readonly serve: (application: ContractApplication) => Promise<ContractServer>
  /** The same for frameworks that hand out Node's response: `handle` answers on that, past the framework. */
  readonly serveRaw?: (application: RawApplication) => Promise<ContractServer>
  /** What `serve` and `serveRaw` can speak. Default: HTTP/1.1. */
  readonly protocols?: readonly Protocol[]
  /** The framework makes responses of what handlers throw, and these too pass through the adapter. Default: false. */
  readonly answersErrors?: boolean
  /** Wraps Node's response to compress it, as `compression()` does. It is tried outside and inside the adapter. */
  readonly compression?: ConnectMiddleware
}

export interface ContractApplication {
  /** HTTP/2 is without TLS, as `node:http2`'s `createServer` speaks it. */
  readonly protocol: Protocol
  readonly sessions: Sessions<ContractData>
  /** The application's handler. Give its answer to the framework as one would; what it throws is the framework's. */
  readonly handle: (visit: Visit) => Promise<Reply>
}

export interface RawApplication {
  readonly protocol: Protocol
  readonly sessions: Sessions<ContractData>
  readonly handle: (request: IncomingMessage, response: ServerResponse, session: Session<ContractData>) => unknown
  /** Goes before the adapter. */
  readonly before?: ConnectMiddleware
}

export interface ContractServer {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  readonly url: string
  /** Stops listening, and resolves once every connection has ended. */
  close(): Promise<void>
}

export type Protocol = 'HTTP/1.1' | 'HTTP/2'
export type ConnectMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown

export interface Visit {
  readonly path: string
  readonly session: Session<ContractData>
}

/** Status 200, no headers and an empty body, where nothing is said. */
export interface Reply {
  readonly status?: number
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | ReadableStream<Uint8Array>
}

export interface ContractData {
  visits: number
  seen: string[]
}
