import { LRUCache } from 'lru-cache'
import type { Answer, Copy, Mark } from '../../core/cache.ts'
import { bytesOf } from '../../core/copy-size.ts'
import { listen, type ListenOptions } from '../../redis/invalidations.ts'

/** Copies of what Redis holds, inside this process, used only while Redis tells of every change. */
export interface Near {
  isOn(): boolean
  /** At once what is near, or else what `ask` answers: it is kept unless somebody changed the key in the meantime. */
  get(id: string, ask: () => Promise<Found>): Answer<Found>
  /** This process is about to change the key. */
  drop(id: string): void
  /** The connection is another one. */
  restart(): void
  close(): void
}

export interface NearOptions {
  /** The most memory it takes, in bytes, as far as that can be told from outside. Default 64 MiB. */
  readonly maxBytes?: number
}

type Found = Copy | Mark | undefined

export function createNear(
  { maxBytes = 64 * 1024 * 1024 }: NearOptions,
  { prefix, open, change }: Pick<ListenOptions, 'prefix' | 'open' | 'change'>,
): Near {
  const copies = new LRUCache<string, Copy>({ maxSize: maxBytes, sizeCalculation: bytesOf })
  /** Questions under way, which others may join. A change takes one off the list, and then its answer is not kept. */
  const asked = new Map<string, Promise<Found>>()

  const drop = (id: string): void => {
    copies.delete(id)
    asked.delete(id)
  }
  const dropAll = (): void => {
    copies.clear()
    asked.clear()
  }
  const changes = listen({
    prefix,
    open,
    change,
    onChange: (key) => (key === undefined ? dropAll() : drop(key.slice(prefix.length))),
    onLost: dropAll,
  })

  return {
    isOn: () => changes.isCurrent(),
    get(id, ask) {
      if (!changes.isCurrent()) return ask()
      return copies.get(id) ?? asked.get(id) ?? askAndKeep(id, ask())
    },
    drop,
    restart: () => changes.restart(),
    close: () => changes.close(),
  }

  async function askAndKeep(id: string, question: Promise<Found>): Promise<Found> {
    asked.set(id, question)
    try {
      const found = await question
      if (typeof found === 'object' && asked.get(id) === question) copies.set(id, found)
      return found
    } finally {
      if (asked.get(id) === question) asked.delete(id)
    }
  }
}
