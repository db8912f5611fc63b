import type { Copy } from './cache.ts'

/** The memory that a copy takes in this process, in bytes, as far as that can be told from outside. */
export function bytesOf({ record: { id, data, security, subject } }: Copy): number {
  return textBytes(data) + textBytes(security) + textBytes(subject ?? '') + id.length + ENTRY_BYTES
}

/** V8 keeps a string in one byte per character if all of it is Latin-1, and in two otherwise. */
function textBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length
}

/** What an entry takes beside its text, once a request has opened it: about as much as was measured. */
export const ENTRY_BYTES = 500
