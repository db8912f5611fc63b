import type { CookieWriter } from '../cookie/write.ts'
import type { SessionEngine } from './engine.ts'
import type { InspectedPart } from './inspection.ts'
import type { Policy } from './options.ts'

/** What the application chose, as far as it can weaken something. By name, so that no key ever gets out. */
export function inspectOptions(policy: Policy, cookie: CookieWriter, engine: SessionEngine): InspectedPart {
  const { idleSeconds, absoluteSeconds, renewalMs, onReuse } = policy
  return {
    role: 'sessions',
    system: 'Holdfast',
    settings: {
      engine: engine.name,
      endings: engine.kind === 'cookie' && engine.endings === undefined ? 'none' : 'kept',
      'cookie.name': cookie.name,
      'cookie.secure': String(cookie.secure),
      'cookie.httpOnly': String(cookie.httpOnly),
      'cookie.sameSite': cookie.sameSite,
      idleTimeout: String(idleSeconds),
      absoluteTimeout: String(absoluteSeconds),
      renewalInterval: renewalMs === null ? 'false' : String(renewalMs / 1000),
      onReuse,
    },
  }
}
