/** The cache of a Django site: what `djangoRedis` makes. */
export interface DjangoCacheServer {
  /** What it is called in errors. */
  readonly name: string
  /** With what `CACHES` of the settings says of its keys, where the caller said nothing. */
  open(defaults: { readonly keyPrefix: string; readonly version: number }): DjangoCache
}

/** A failing cache is an ERR_STORE. */
export interface DjangoCache {
  /** Undefined when there is nothing, or nothing that could be a session: what Django could not read is nothing to it. */
  get(key: string): Promise<Cached | undefined>
  /** Whatever was there. As in Django a time to live of zero or less deletes. */
  set(key: string, json: string, ttlSeconds: number): Promise<void>
  /** Only where nothing is. Answers whether nothing was. */
  add(key: string, json: string, ttlSeconds: number): Promise<boolean>
  /** Only over what the caller saw. Never brings back what is gone. */
  swap(key: string, stored: Buffer, json: string, ttlSeconds: number): Promise<'updated' | 'stale' | 'gone'>
  /** Answers whether something was there. */
  delete(key: string): Promise<boolean>
}

export interface Cached {
  /** The session's data, as Python writes JSON. */
  readonly json: string
  /** What `swap` compares: the bytes that are stored. */
  readonly stored: Buffer
}
