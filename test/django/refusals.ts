import assert from 'node:assert/strict'
import { sessionsFromSettings, type DjangoExtras, type DjangoSettings } from '../../src/django.ts'
import { ERRORS, HoldfastError, type ErrorCode } from '../../src/index.ts'
import { SECRET_KEY } from './site.ts'

/** What is said about these settings, beside a good key, without what frames it. */
export function problemWith(settings: Record<string, unknown>, extras: DjangoExtras = {}): string {
  return refusal(() => sessionsFromSettings({ SECRET_KEY, ...settings } as DjangoSettings, extras))
}

/** The detail of the error, without its title and its fix, which are the same for all. */
export function refusal(act: () => unknown, code: ErrorCode = 'ERR_SETTING'): string {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error))
    assert.equal(error.code, code)
    const { title, fix } = ERRORS[code]
    assert.ok(error.message.startsWith(`${title}: `) && error.message.endsWith(` ${fix}`), error.message)
    assert.equal(error.fix, fix)
    return error.message.slice(`${title}: `.length, -` ${fix}`.length)
  }
  return assert.fail('nothing was refused')
}
