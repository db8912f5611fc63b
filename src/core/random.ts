import { randomFillSync } from 'node:crypto'

/**
 * Fresh bytes from the system's secure generator, the only source of secrets in Holdfast.
 * They are drawn from a pool, because one large draw costs far less than many small ones;
 * each stretch of the pool is handed out once and wiped behind the caller.
 */
export function randomBytes(size: number): Buffer {
  if (size > POOL_BYTES) return randomFillSync(Buffer.allocUnsafe(size))
  if (used + size > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.from(pool.subarray(used, used + size))
  pool.fill(0, used, used + size)
  used += size
  return bytes
}

/** A pause below `most` milliseconds, so that writers who collided do not collide again. No secret. */
export function jitter(most: number): number {
  return Math.random() * most
}

const POOL_BYTES = 4096
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES
