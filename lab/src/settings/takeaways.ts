import { STRONG } from '../attacks/strong.ts'
import { FOUR_LINES, type TakeawayText } from '../content/finish.ts'
import type { Source } from '../shared/api.ts'
import { readSettings } from './read.ts'
import { writeSessions } from './write.ts'

/** The finished settings, as files. */
export interface Takeaways {
  /** Whether the learner wrote them. */
  readonly areTheirs: boolean
  readonly texts: Readonly<Record<TakeawayText['file'], string>>
}

/** What the learner wrote, when all four settings are right in it; the four lines until then. */
export function takeawaysOf(source: Source | undefined): Takeaways {
  if (source !== undefined) {
    const { settings = {}, reading } = readSettings(source)
    const isFinished = Object.entries(STRONG).every(([name, value]) => settings[name] === value)
    // In Python it is their own text, comments and all.
    const python = source.language === 'python' ? `${source.text.trimEnd()}\n` : (reading.texts?.python ?? '')
    if (isFinished) return { areTheirs: true, texts: { 'settings.py': python, 'sessions.ts': writeSessions(settings) } }
  }
  return { areTheirs: false, texts: { 'settings.py': FOUR_LINES, 'sessions.ts': writeSessions(STRONG) } }
}
