import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Launched, Server, Servers } from './kind.ts'

// One server in a process of its own: says its port, and then its CPU time whenever it is asked.
const [suite = '', name = '', expiry = ''] = process.argv.slice(2)
const { servers } = (await import(`./${suite}.ts`)) as { servers: Servers }
const chosen = servers[name]
if (chosen === undefined) throw new Error(`There is no server '${name}'`)

const server = await launch(chosen)
process.send?.({ port: server.port })
process.on('message', () => process.send?.({ cpu: server.cpu() }))
process.on('disconnect', () => {
  server.stop()
  process.exit()
})

function launch(chosen: Server): Promise<Launched> {
  const options = { sliding: expiry === 'sliding', prefix: `${process.env['BENCH_PREFIX']}${name}:${expiry}:` }
  return 'launch' in chosen ? chosen.launch(options) : listen(chosen.start(options))
}

async function listen(starting: ReturnType<Extract<Server, { start: unknown }>['start']>): Promise<Launched> {
  const server = createServer(await starting)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cpu() {
      const { user, system } = process.cpuUsage()
      return user + system
    },
    stop() {},
  }
}
