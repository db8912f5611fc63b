import { memoryStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'

storeContract('memoryStore', memoryStore)
