import { fileURLToPath } from 'node:url'
import { HoldfastError } from 'holdfast'
import { labAssets } from 'holdfast-lab/build/assets'
import { startSite } from './start.ts'

// Nothing has to be set. PORT, HOST, DATA_DIR and SESSION_KEY may be; ORIGINS, with commas, behind a proxy.
const { env } = process
const port = Number(env['PORT'] || 3000)

try {
  const site = await startSite({
    port,
    dataDir: env['DATA_DIR'] ?? fileURLToPath(new URL('../data', import.meta.url)),
    host: env['HOST'] ?? 'localhost',
    sessionKey: env['SESSION_KEY'],
    origins: (env['ORIGINS'] ?? '').split(',').filter((origin) => origin !== ''),
    note: (line) => console.log(line),
  })
  await labAssets({ note: (line) => console.log(line) })
  console.log(`The Chandlery is open at ${site.address}`)

  // npm and the terminal may each send the signal: it is obeyed once.
  let closing: Promise<void> | undefined
  const stop = (): void => {
    closing ??= site.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') console.error(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`)
  else if (code === 'ERR_SOCKET_BAD_PORT') console.error(`PORT must be a number from 0 to 65535, not '${env['PORT']}'`)
  else console.error(error instanceof HoldfastError ? error.message : error)
  process.exit(1)
}
