import { adapterContract } from '../../src/testing.ts'
import { ADAPTERS } from '../support/adapter-servers.ts'

for (const [name, adapter] of Object.entries(ADAPTERS)) adapterContract(name, adapter)
