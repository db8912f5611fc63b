import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The site as `npm start` starts it, in a process of its own. */
export interface SiteProcess {
  /** Everything it has printed so far. */
  readonly output: () => string
  /** What it prints once it is open. Rejects when it ends before that. */
  address(): Promise<string>
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
  [Symbol.asyncDispose](): Promise<void>
}

export function startProcess(env: Readonly<Record<string, string>>): SiteProcess {
  const child = spawn(process.execPath, ['--conditions=holdfast-source', MAIN], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      child.emit('printed')
    })
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  return {
    output: () => output,
    async address() {
      for (;;) {
        const address = /open at (http:[^\s,]+)/.exec(output)?.[1]
        if (address !== undefined) return address
        const event = await Promise.race([once(child, 'printed'), ended.then(() => 'ended')])
        if (event === 'ended') throw new Error(`The site ended before it was open:\n${output}`)
      }
    },
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
