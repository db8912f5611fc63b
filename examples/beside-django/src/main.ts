import { join } from 'node:path'
import { NoDjango, ROOT } from './python.ts'
import { startBakery } from './start.ts'

// Nothing has to be set. PORT, DATA_DIR, PYTHON, SECRET_KEY, DATABASE_URL and REDIS_URL may be.
const { env } = process
const port = Number(env['PORT'] || 8000)

try {
  const dataDir = env['DATA_DIR'] ?? join(ROOT, 'data')
  const bakery = await startBakery({ port, dataDir, env, note: (line) => console.log(line) })
  console.log(`The Two Ovens is open at ${bakery.address}`)

  // npm and the terminal may each send the signal: it is obeyed once.
  let closing: Promise<void> | undefined
  const stop = (): void => {
    closing ??= bakery.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  void bakery.ended.then(() => {
    if (closing !== undefined) return
    console.error('Django has ended.')
    process.exit(1)
  })
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof NoDjango) console.error(error.message)
  else if (code === 'EADDRINUSE') console.error(`Port ${port} is taken. Choose another one with PORT=${port + 1}`)
  else console.error(error)
  process.exit(1)
}
