import type { CookieWriter } from '../cookie/write.ts'
import type { InspectedPart } from './inspection.ts'
import type { Policy } from './options.ts'

/** What the application chose, as far as it can weaken something. By name, so that no key ever gets out. */
export function inspectOptions(
  { policy, cookie }: { readonly policy: Policy; readonly cookie: CookieWriter },
  engine: string,
  endings: 'kept' | 'none',
): InspectedPart {
  const { idleSeconds, absoluteSeconds, renewalMs, onReuse } = policy
  return {
    role: 'sessions',
    system: 'Holdfast',
    settings: {
      engine,
      endings,
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
