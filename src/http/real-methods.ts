import type { ServerResponse } from 'node:http'

/** The methods of a response that send something, each in any form of its arguments. */
export type RealMethods = Record<'writeHead' | 'write' | 'end' | 'flushHeaders', Method>
type Method = (...args: readonly unknown[]) => unknown

/** As they are now: another middleware may have wrapped them before us. */
export function realMethods(response: ServerResponse): RealMethods {
  return {
    writeHead: response.writeHead.bind(response) as Method,
    write: response.write.bind(response) as Method,
    end: response.end.bind(response) as Method,
    flushHeaders: response.flushHeaders.bind(response),
  }
}
