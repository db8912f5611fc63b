import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Program {
  readonly origin: string
  /** Where it runs, and keeps its files. */
  readonly folder: string
  /** Keeps the one cookie, follows no redirect, and answers the body. */
  readonly visit: (method: string, path: string) => Promise<string>
}

/** Starts a file that serves on PORT, waits until it answers, and stops it when the test is over. */
export async function startProgram(
  file: string,
  environment: Readonly<Record<string, string>>,
  t: { after(end: () => Promise<void>): void },
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-program-'))
  const port = await freePort()
  const child = spawn(process.execPath, ['--conditions=holdfast-source', file], {
    cwd: folder,
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: 'inherit',
  })
  t.after(async () => {
    child.kill()
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  })
  const origin = `http://localhost:${port}`
  return { origin, folder, visit: await browser(origin) }
}

/** By hand, as `fetch` has no jar. */
async function browser(origin: string): Promise<Program['visit']> {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(origin)
      break
    } catch (error) {
      if (tries === 200) throw error
      await sleep(50)
    }
  }
  let cookie = ''
  return async (method, path) => {
    const response = await fetch(origin + path, { method, headers: { cookie }, redirect: 'manual' })
    const set = response.headers.getSetCookie()[0]
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return response.text()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
