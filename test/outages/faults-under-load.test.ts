import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { NO_POSTGRES } from '../support/postgres.ts'
import { NO_REDIS } from '../support/redis.ts'
import { OUTAGES, type Outage } from './outages.ts'
import { MUTANTS, type Mutant } from './plan.ts'
import { buildRig, type Rig } from './rig.ts'
import { suffer, type Suffered } from './suffer.ts'

// The promises of cachedDb(postgresStore, redisCache) in four processes whose servers, network and own lives are cut
// short under load. `npm run faults` is the same for longer, and prints a table.

const SECONDS = 1
const rig = await buildRig()
if (rig === undefined) test('faults under load', { skip: `${NO_POSTGRES}, or ${NO_REDIS}` })
else {
  after(() => rig.close())
  faultsUnderLoad(rig)
}

function faultsUnderLoad(there: Rig): void {
  describe('four processes lose nothing and bring nothing back, nobody waits for ever, and each failure has a name', () => {
    for (const outage of OUTAGES) {
      test(outage.title, async (t) => {
        const suffered = await suffer(there, outage, SECONDS)
        t.diagnostic(`${suffered.sent} sent, ${suffered.failed} failed, ${suffered.longestMs} ms the longest`)
        const { lost, repeated, resurrected, hung, findings } = suffered
        assert.deepEqual({ lost, repeated, resurrected, hung, findings }, { ...NOTHING, findings: [] })
        assert.deepEqual(
          Object.keys(suffered.failures).filter((name) => !NAMES.has(name)),
          [],
        )
        assert.deepEqual(
          Object.keys(suffered.events).filter((type) => ALARMS.has(type)),
          [],
        )
        assert.ok(isFelt(suffered, outage), 'it did go wrong')
      })
    }
  })

  describe('the client with a memory notices', () => {
    const [nothing] = OUTAGES
    const mutants: Readonly<Record<Mutant, { title: string; finds: 'lost' | 'resurrected' }>> = {
      deaf: { title: 'a cache that says it has buried a session, and has not', finds: 'resurrected' },
      upsert: { title: 'a store that writes what is not there', finds: 'resurrected' },
      'write over': { title: 'a store whose last write wins', finds: 'lost' },
    }
    for (const mutant of MUTANTS) {
      const { title, finds } = mutants[mutant]
      test(title, async () => {
        assert.ok(nothing)
        await there.tell({ kind: 'mutate', mutant })
        const suffered = await suffer(there, nothing, SECONDS)
        await there.tell({ kind: 'mutate' })
        assert.ok(suffered[finds] > 0, JSON.stringify(suffered))
      })
    }
  })
}

const NOTHING = { lost: 0, repeated: 0, resurrected: 0, hung: 0 }
const NAMES = new Set(['ERR_STORE', 'injected'])
/** Nobody steals a cookie here, and no server forgets what it has said. */
const ALARMS = new Set(['reuse', 'store-behind', 'tampered', 'forged'])

function isFelt({ events, failures, reasons }: Suffered, { breaks }: Outage): boolean {
  if (breaks === 'store') return Object.keys(failures).length > 0
  if (breaks === 'cache') return (events['cache-failed'] ?? 0) > 0
  return breaks === undefined || (reasons['connection lost'] ?? 0) > 0
}
