import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'holdfast'

// What each `PRAGMA synchronous` costs in WAL mode, and how far sharing one transaction pays for it: first in plain
// SQLite, because the store offers FULL and NORMAL only, then in the store, where writers come one by one.
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

const stores = (['normal', 'full'] as const).map((synchronous) => openStore(synchronous))
console.log('\nTime of one write through sqliteStore, as a ratio to NORMAL with as many writers.\n')
console.log('| writers at once | NORMAL | FULL |\n|---|---|---|')
for (const writers of TOGETHER) {
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = []
    for (const { write } of stores) times.push(await timeAsync(() => write(writers)))
    ratios.push((times[1] ?? NaN) / (times[0] ?? NaN))
  }
  console.log(`| ${writers} | 1.00 | ${median(ratios).toFixed(2)} |`)
}
for (const { store } of stores) await store.close?.()
rmSync(folder, { recursive: true })

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

/** Each writer has a session of its own, and writes to it again as soon as it was answered. */
function openStore(synchronous: 'normal' | 'full') {
  const store = sqliteStore(join(folder, `store-${synchronous}.sqlite`), { synchronous })
  let sessions = 0
  const writeOne = async (writes: number): Promise<void> => {
    const now = Date.now()
    const times = { createdAt: now, seenAt: now, idleSeconds: 1800, absoluteAt: now + 43_200_000 }
    const id = String(sessions++).padStart(22, '0')
    const record = { id, revision: 1, subject: null, data: DATA, security: '{}', ...times }
    await store.create(record)
    for (let revision = 1; revision < writes; revision++) {
      await store.update({ ...record, revision: revision + 1 }, revision)
    }
  }
  return {
    store,
    write: (writers: number) => Promise.all(Array.from({ length: writers }, () => writeOne(WRITES / writers))),
  }
}

async function timeAsync(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function time(work: () => void): number {
  const begun = performance.now()
  work()
  return performance.now() - begun
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
