import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { servers } from './servers.ts'

// One variant in a process of its own: says its port, and then its CPU time whenever it is asked.
const [name = ''] = process.argv.slice(2)
const make = servers[name]
if (make === undefined) throw new Error(`There is no server '${name}'`)

const server = createServer(make()).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.on('disconnect', () => process.exit())
