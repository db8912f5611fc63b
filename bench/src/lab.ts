import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Twenty learners at once, none of whom ever stops to think: each does the four steps, wrong first and then right,
// one check after the other. How long does a check take, from the click to the report?
const LEARNERS = Number(process.env['LEARNERS'] ?? 20)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)

const STEPS = {
  age: ['SESSION_COOKIE_AGE = 1209600', 'SESSION_COOKIE_AGE = 1200'],
  secure: ['SESSION_COOKIE_SECURE = False', 'SESSION_COOKIE_SECURE = True'],
  engine: ["SESSION_ENGINE = 'db'", "SESSION_ENGINE = 'cached_db'"],
  httponly: ['SESSION_COOKIE_HTTPONLY = False', 'SESSION_COOKIE_HTTPONLY = True'],
} as const

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
const site = spawn(process.execPath, ['--conditions=holdfast-source', pathOf('../../examples/site/src/main.ts')], {
  env: { ...process.env, PORT: '0', DATA_DIR: folder },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const address = await addressOf(site.stdout)

const times = new Map<string, number[]>(Object.keys(STEPS).map((step) => [step, []]))
let refused = 0
await learn() // The first run starts the thread and compiles the code, and is nobody's.
for (const step of times.values()) step.length = 0
await Promise.all(Array.from({ length: LEARNERS }, learn))

console.log(
  `${LEARNERS} learners at once, ${ROUNDS} times through the four steps, each wrong and right; ms per check.\n`,
)
console.log('| step | checks | p50 | p95 | max |\n|---|---|---|---|---|')
for (const [step, measured] of times) console.log(row(step, measured))
console.log(row('all', [...times.values()].flat()))
console.log(`\nRefused: ${refused}.`)

site.kill('SIGTERM')
await once(site, 'close')
await rm(folder, { recursive: true })

async function learn(): Promise<void> {
  let cookie = ''
  for (let round = 0; round < ROUNDS; round++) {
    for (const [step, [wrong, right]] of Object.entries(STEPS)) {
      for (const [text, verdict] of [
        [wrong, 'broken'],
        [right, 'holds'],
      ]) {
        const begun = performance.now()
        const response = await fetch(`${address}/lab/api/check`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', cookie },
          body: JSON.stringify({ language: 'python', text, step }),
        })
        const report = await response.text()
        if (response.status !== 200) refused++
        else if (!report.includes(`"verdict":"${verdict}"`)) throw new Error(`${text}: ${report}`)
        else times.get(step)?.push(performance.now() - begun)
        cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie
      }
    }
  }
}

/** Goes on listening, so that the site can go on printing. */
function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    output.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const found = /open at (http:\S+)\n/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    output.on('end', () => reject(new Error(`The site did not open:\n${text}`)))
  })
}

function row(name: string, measured: readonly number[]): string {
  const sorted = measured.toSorted((a, b) => a - b)
  const at = (part: number): string => (sorted[Math.ceil(part * sorted.length) - 1] ?? NaN).toFixed(0)
  return `| ${name} | ${sorted.length} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
