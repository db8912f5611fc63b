import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

// What each `PRAGMA synchronous` costs in WAL mode, and how far sharing one transaction pays for it. Plain SQLite,
// because the store offers FULL and NORMAL only.
const LEVELS = ['OFF', 'NORMAL', 'FULL', 'EXTRA'] as const
const TOGETHER = [1, 10, 50]
const WRITES = 2000
const ROUNDS = 7
const DATA = 'x'.repeat(800)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-synchronous-'))
const databases = LEVELS.map((level) => ({ level, write: open(level) }))
const rounds = Array.from({ length: ROUNDS }, () =>
  TOGETHER.map((together) => databases.map(({ write }) => time(() => write(together)))),
)
rmSync(folder, { recursive: true })

console.log(`Node ${process.versions.node}, ${ROUNDS} interleaved rounds of ${WRITES} writes of ${DATA.length} bytes.`)
console.log('Time of one write, as a ratio to NORMAL with one write in a transaction.\n')
console.log(`| writes in one transaction | ${LEVELS.join(' | ')} |\n|---|${LEVELS.map(() => '---|').join('')}`)
const unit = (round: number[][]): number => round[0]?.[LEVELS.indexOf('NORMAL')] ?? NaN
for (const [row, together] of TOGETHER.entries()) {
  const cells = LEVELS.map((_, column) =>
    median(rounds.map((round) => (round[row]?.[column] ?? NaN) / unit(round))).toFixed(2),
  )
  console.log(`| ${together} | ${cells.join(' | ')} |`)
}
console.log(`\nThe unit is ${((median(rounds.map(unit)) * 1000) / WRITES).toFixed(0)} µs.`)

function open(level: (typeof LEVELS)[number]): (together: number) => void {
  const database = new DatabaseSync(join(folder, `${level}.sqlite`))
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${level}`)
  database.exec('CREATE TABLE sessions (id INTEGER PRIMARY KEY, data TEXT)')
  const insert = database.prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?)')
  return (together) => {
    for (let done = 0; done < WRITES; done += together) {
      database.exec('BEGIN IMMEDIATE')
      for (let index = 0; index < together; index++) insert.run((done + index) % 1000, DATA)
      database.exec('COMMIT')
    }
  }
}

function time(work: () => void): number {
  const begun = performance.now()
  work()
  return performance.now() - begun
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
