/** The finished settings, to take away. */
export interface Takeaway {
  readonly file: string
  readonly title: string
  readonly says: string
  readonly text: string
}

export const TAKEAWAYS: readonly Takeaway[] = [
  {
    file: 'settings.py',
    title: 'For Django',
    says: 'Four lines for your settings file. `cached_db` wants a cache that all your processes share, so set up `CACHES` as well.',
    text: `# Over after 20 minutes.
SESSION_COOKIE_AGE = 1200
# Sent over https only.
SESSION_COOKIE_SECURE = True
# A database for keeping, a cache for speed.
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
# Out of reach of scripts.
SESSION_COOKIE_HTTPONLY = True
`,
  },
  {
    file: 'sessions.ts',
    title: 'For Holdfast',
    says: 'The same for a TypeScript server. The secret comes from outside: `npx holdfast keygen` makes one.',
    text: `import { sessionsFromSettings } from 'holdfast/django'

export const sessions = sessionsFromSettings({
  SECRET_KEY: process.env.SECRET_KEY ?? '',
  SESSION_COOKIE_AGE: 1200,
  SESSION_COOKIE_SECURE: true,
  SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
  SESSION_COOKIE_HTTPONLY: true,
})
`,
  },
]

export const CHECK_COMMAND = 'npx holdfast check settings.py'

export const CHECK_SAYS =
  'It reads a settings file as this lab does, without running it, and says what is weak in it, why, and how to mend it. Put it where your tests run, and it stays mended.'
