import type { LabSettings } from './application/sessions.ts'

/** The four settings. An attack that is shown without its defence takes that one back, and no other. */
export const STRONG = {
  SESSION_COOKIE_AGE: 1200,
  SESSION_COOKIE_SECURE: true,
  SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
  SESSION_COOKIE_HTTPONLY: true,
} as const satisfies LabSettings
