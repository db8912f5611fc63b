import { randomFillSync } from 'node:crypto'

/**
 * Fresh bytes from the system's secure generator, the only source of randomness in Holdfast.
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

const POOL_BYTES = 4096
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES
