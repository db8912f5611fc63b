import assert from 'node:assert/strict'
import type { Inspection } from '../core/inspection.ts'

/** Of a store or a cache that can be looked at. */
export async function inspectTest(part: { inspect?(): Promise<Inspection> }): Promise<void> {
  if (part.inspect === undefined) return
  const { system, settings } = await part.inspect()
  assert.ok(typeof system === 'string' && system !== '')
  for (const [name, value] of Object.entries(settings)) {
    assert.ok(value === null || typeof value === 'string', `${name} is text or null, not ${String(value)}`)
  }
}
