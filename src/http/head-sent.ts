import type { ServerResponse } from 'node:http'

/**
 * Lets a response say that its head is sent while it is only settled.
 *
 * Every response gets the same getter, and keeps it: a getter of its own, or one taken away again, would make V8 keep
 * the response as a dictionary, and what Node does with it afterwards would cost more than a whole bare request.
 */
export function claimHeadSent(response: Claiming): void {
  if (response[CLAIMED] === undefined) Object.defineProperty(response, 'headersSent', HEADERS_SENT)
  response[CLAIMED] = true
}

/** From now on it says what is so. */
export function withdrawHeadSent(response: Claiming): void {
  if (response[CLAIMED] !== undefined) response[CLAIMED] = false
}

const CLAIMED = Symbol('the head counts as sent')
type Claiming = ServerResponse & { [CLAIMED]?: boolean }

const HEADERS_SENT: PropertyDescriptor & ThisType<Claiming> = {
  configurable: true,
  get() {
    return this[CLAIMED] === true || Reflect.get(Object.getPrototypeOf(this) as object, 'headersSent', this) === true
  },
}
