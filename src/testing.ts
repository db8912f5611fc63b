/**
 * For those who write a store, a cache or an adapter, and for tests that need to move time: the suites that Holdfast's
 * own pass, on `node:test`.
 *
 * @example
 * import { storeContract } from 'holdfast/testing'
 * storeContract('my store', ({ clock }) => myStore({ clock }))
 */
export { adapterContract } from './testing/adapter-contract.ts'
export type {
  AdapterUnderTest,
  ConnectMiddleware,
  ContractApplication,
  ContractData,
  ContractServer,
  Protocol,
  RawApplication,
  Reply,
  Visit,
} from './testing/adapter/application.ts'
export { fakeClock, type FakeClock } from './testing/clock.ts'
export { cacheContract, type MakeCache } from './testing/cache-contract.ts'
export { storeContract, type MakeStore } from './testing/store-contract.ts'
