/**
 * For those who write a store or a cache, and for tests that need to move time: the suites that Holdfast's own
 * stores and caches pass, on `node:test`.
 *
 * @example
 * import { storeContract } from 'holdfast/testing'
 * storeContract('my store', ({ clock }) => myStore({ clock }))
 */
export { fakeClock, type FakeClock } from './testing/clock.ts'
export { cacheContract, type MakeCache } from './testing/cache-contract.ts'
export { storeContract, type MakeStore } from './testing/store-contract.ts'
