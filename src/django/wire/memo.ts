import { LRUCache } from 'lru-cache'

/**
 * What was made of texts that were met before. A text is known only when every character of it is the same, so whatever
 * was written in its place since is never answered with what it was.
 */
export interface Memo {
  get(text: string): string | undefined
  set(text: string, made: string): void
}

export function createMemo(): Memo {
  const known = new LRUCache<string, string>({ max: MOST, maxSize: MOST_CHARACTERS, sizeCalculation: sizeOf })
  return { get: (text) => known.get(text), set: (text, made) => void known.set(text, made) }
}

/** Both are kept, and a few characters may have become many. */
function sizeOf(made: string, text: string): number {
  return text.length + made.length
}

const MOST = 5000
const MOST_CHARACTERS = 8 * 1024 * 1024
