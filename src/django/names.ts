import { nearest } from '../core/nearest.ts'
import { DJANGO_WORDS, EXTRAS } from './extras.ts'
import { SETTINGS } from './settings.ts'

/** What is wrong with the name of a setting: misspelt, in the wrong place, or of something else. */
export function problemOfName(name: string): string | undefined {
  if (Object.hasOwn(SETTINGS, name)) return undefined
  if (EXTRAS.includes(name)) return `'${name}' belongs in the second argument`
  const word = DJANGO_WORDS.get(name)
  if (word !== undefined) return `'${name}' comes from ${word} here`
  for (const [pattern, reason] of ELSEWHERE) if (pattern.test(name)) return `'${name}' ${reason}`
  const meant = nearest(name, Object.keys(SETTINGS)) ?? nearest(`SESSION_${name}`, Object.keys(SETTINGS))
  if (meant !== undefined) return `'${name}' is unknown; did you mean '${meant}'?`
  return `'${name}' is not a setting of sessions; pass SECRET_KEY, SECRET_KEY_FALLBACKS and SESSION_ settings only`
}

/** Settings of Django that look related, or that have their place elsewhere here. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [
    /^CSRF_/,
    'is not a setting of sessions: Holdfast makes no CSRF tokens; refuse requests from other sites by Sec-Fetch-Site',
  ],
  [/^LANGUAGE_/, 'is not a setting of sessions: it is about the language cookie'],
  [/^CACHES?$/, 'is not a setting of sessions: pass a cache in the second argument'],
  [/^DATABASES?$/, 'is not a setting of sessions: pass a store in the second argument'],
]
