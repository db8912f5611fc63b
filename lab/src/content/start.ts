import type { Source } from '../shared/api.ts'

/** What the editor begins with: settings that work, and protect little. */
export const STARTING_SOURCE: Source = {
  language: 'python',
  text: `# The shop's sessions, as somebody left them.

SESSION_COOKIE_AGE = 1209600
SESSION_COOKIE_SECURE = False
SESSION_ENGINE = 'django.contrib.sessions.backends.db'
SESSION_COOKIE_HTTPONLY = False
`,
}
