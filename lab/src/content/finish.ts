/** The files that there are to take away, in words. */
export interface TakeawayText {
  readonly file: 'settings.py' | 'sessions.ts'
  readonly title: string
  readonly says: string
}

export const TAKEAWAY_TEXTS: readonly TakeawayText[] = [
  {
    file: 'settings.py',
    title: 'For Django',
    says: 'For your settings file. `cached_db` wants a cache that all your processes share, so set up `CACHES` as well.',
  },
  {
    file: 'sessions.ts',
    title: 'For Holdfast',
    says: 'The same for a TypeScript server. The secret comes from outside: `npx holdfast keygen` makes one.',
  },
]

/** The four settings, for those who have not written all of them yet. */
export const FOUR_LINES = `# Over after 20 minutes.
SESSION_COOKIE_AGE = 1200
# Sent over https only.
SESSION_COOKIE_SECURE = True
# A database for keeping, a cache for speed.
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
# Out of reach of scripts.
SESSION_COOKIE_HTTPONLY = True
`

export const CHECK_COMMAND = 'npx holdfast check settings.py'

export const CHECK_SAYS =
  'It reads a settings file as this lab does, without running it, and says what is weak in it, why, and how to mend it. Put it where your tests run, and it stays mended.'
