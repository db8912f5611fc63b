import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LAB_ATTACKS } from '../../lab/src/attacks/all.ts'
import { startApplication } from '../../lab/src/attacks/application/start.ts'
import type { AttackOutcome } from '../../lab/src/attacks/outcome.ts'
import { ATTACKS, type Attack, type Moment } from '../../lab/src/shared/api.ts'

// What the lab shows is what is tested here: the same code, on the same applications.

for (const name of ATTACKS) {
  describe(`the lab's attack ${name}`, () => {
    test('succeeds while its defence is off', async () => {
      const { outcome, moments } = await run(name, 'off')
      assert.equal(outcome.succeeded, true, outcome.headline)
      assert.match(seenLast(moments), /^\{"signedIn":"ada"/)
    })

    test('is stopped once it is on', async () => {
      const { outcome, moments } = await run(name, 'on')
      assert.equal(outcome.succeeded, false, outcome.headline)
      assert.match(seenLast(moments), /^\{"signedIn":null/)
    })
  })
}

async function run(
  name: Attack,
  defence: 'off' | 'on',
): Promise<{ outcome: AttackOutcome; moments: readonly Moment[] }> {
  const attack = LAB_ATTACKS[name]
  const application = await startApplication(attack[defence])
  try {
    const outcome = await attack.run(application)
    return { outcome, moments: application.timeline.moments }
  } finally {
    await application.close()
  }
}

/** What the application last told the attacker. */
function seenLast(moments: readonly Moment[]): string {
  return moments.findLast(({ actor }) => actor === 'attacker')?.exchange?.response.body ?? ''
}
