import cluster from 'node:cluster'
import { HoldfastError } from 'holdfast'
import { labAssets } from 'holdfast-lab/build/assets'
import { checkPort } from './free-port.ts'
import { runProcesses, StartError } from './processes.ts'
import { openSessions } from './sessions.ts'
import { readSettings, SettingError, type Settings } from './settings.ts'
import { startSite } from './start.ts'
import { StorageError } from './storage/postgres.ts'

// Nothing has to be set. ../README.md says what may be.
const { env } = process
const note = (line: string): void => console.log(line)

const EXPECTED = [HoldfastError, SettingError, StorageError, StartError]

try {
  const settings = readSettings(env)
  await (settings.processes > 1 && cluster.isPrimary ? lead(settings) : serve(settings))
} catch (error) {
  console.error(wordsFor(error))
  process.exit(1)
}

async function serve(settings: Settings): Promise<void> {
  const site = await startSite({ ...settings, note })
  await labAssets({ note })
  if (cluster.isPrimary) note(`The Chandlery is open at ${site.address}`)
  else process.send?.({ address: site.address })
  onStop(() => site.close())
}

/** What is to be made once is made before the others start. */
async function lead(settings: Settings): Promise<void> {
  await checkPort(settings.port, settings.host)
  const opened = await openSessions({ ...settings, note })
  await opened.sessions.close()
  await opened.close()
  await labAssets({ note })
  const running = await runProcesses(settings.processes, note)
  note(`The Chandlery is open at ${running.address}, with ${settings.processes} processes`)
  onStop(() => running.stop())
}

/** npm and the terminal may each send the signal: it is obeyed once. */
function onStop(stop: () => Promise<void>): void {
  let stopping: Promise<void> | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping ??= stop().then(() => process.exit(0))
    })
  }
}

function wordsFor(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    const port = Number(env['PORT'] || 3000)
    return `Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`
  }
  const isExpected = EXPECTED.some((kind) => error instanceof kind)
  return isExpected && error instanceof Error ? error.message : error
}
