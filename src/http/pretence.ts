import type { ServerResponse } from 'node:http'

/**
 * Lets a response say, while it is held, what it would say if it were not: that its head is sent, that it has ended.
 *
 * Every response gets the same getters, and keeps them: a getter of its own, or one taken away again, would make V8 keep
 * the response as a dictionary, and what Node does with it afterwards would cost more than a whole bare request.
 */
export function pretend(response: Pretending, property: Property): void {
  const { flag, getter } = PROPERTIES[property]
  if (response[flag] === undefined) Object.defineProperty(response, property, getter)
  response[flag] = true
}

/** From now on it says what is so. */
export function stopPretending(response: Pretending): void {
  for (const { flag } of Object.values(PROPERTIES)) if (response[flag] !== undefined) response[flag] = false
}

/** What Node knows, whatever we pretend. */
export function isSo(response: ServerResponse, property: Property): boolean {
  return Reflect.get(Object.getPrototypeOf(response) as object, property, response) === true
}

const HEADERS_SENT = Symbol('headersSent is pretended')
const WRITABLE_ENDED = Symbol('writableEnded is pretended')

type Property = 'headersSent' | 'writableEnded'
type Pretending = ServerResponse & { [HEADERS_SENT]?: boolean; [WRITABLE_ENDED]?: boolean }

const PROPERTIES = {
  headersSent: {
    flag: HEADERS_SENT,
    getter: { configurable: true, get: headersSent },
  },
  writableEnded: {
    flag: WRITABLE_ENDED,
    getter: { configurable: true, get: writableEnded },
  },
} as const

function headersSent(this: Pretending): boolean {
  return this[HEADERS_SENT] === true || isSo(this, 'headersSent')
}

function writableEnded(this: Pretending): boolean {
  return this[WRITABLE_ENDED] === true || isSo(this, 'writableEnded')
}
