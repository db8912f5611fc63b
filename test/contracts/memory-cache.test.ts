import { memoryCache } from '../../src/index.ts'
import { cacheContract } from '../../src/testing.ts'
import { faultyCache } from '../support/faults.ts'

cacheContract('memoryCache', memoryCache)
cacheContract('a cache that answers with promises', (context) => faultyCache(memoryCache(context)))
