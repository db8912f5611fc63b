// Faults under load for as long as you like, and a table of what came of them: npm run faults -- <seconds each>
import { OUTAGES } from './outages.ts'
import { buildRig } from './rig.ts'
import { suffer, type Suffered } from './suffer.ts'

const seconds = Number(process.argv[2] ?? 10)
const rig = await buildRig()
if (rig === undefined) throw new Error('PostgreSQL and Redis have to be installed')
const rows: string[][] = [
  [
    'what goes wrong',
    'requests',
    'failed',
    'lost',
    'resurrected',
    'no answer',
    'longest, ms',
    'ends',
    'not told',
    'failures',
  ],
]
try {
  for (const outage of OUTAGES) {
    process.stderr.write(`${outage.title}\n`)
    const suffered = await suffer(rig, outage, seconds)
    for (const finding of suffered.findings) process.stderr.write(`  ${finding}\n`)
    rows.push(rowOf(suffered))
  }
} finally {
  await rig.close()
}
process.stdout.write(`${table(rows)}\n`)

function rowOf(suffered: Suffered): string[] {
  const { title, sent, failed, lost, repeated, resurrected, hung, longestMs, ended, unpropagated } = suffered
  const counts = [sent, failed, lost + repeated, resurrected, hung, longestMs, ended, unpropagated]
  const failures = { ...suffered.reasons, ...suffered.failures }
  const names = Object.entries(failures).map(([name, count]) => `${name}: ${count}`)
  return [title, ...counts.map((count) => count.toLocaleString('en')), names.join(', ')]
}

function table([head = [], ...body]: readonly string[][]): string {
  return [head, head.map((_, index) => (index === 0 || index === head.length - 1 ? '---' : '--:')), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
