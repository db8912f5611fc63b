import { memoryCache } from '../../src/index.ts'
import { cacheContract } from '../../src/testing.ts'

cacheContract('memoryCache', memoryCache)
