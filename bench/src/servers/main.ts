import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { servers } from './all.ts'

// One server in a process of its own: says its port, and then its CPU time whenever it is asked.
const [name = '', expiry] = process.argv.slice(2)
const chosen = servers[name]
if (chosen === undefined) throw new Error(`There is no server '${name}'`)

const server = createServer(await chosen.start({ sliding: expiry === 'sliding' })).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.on('disconnect', () => process.exit())
