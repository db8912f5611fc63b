import { randomUUID } from 'node:crypto'
import type { Session } from 'holdfast'
import { STEPS, type Progress, type Source, type Step } from '../shared/api.ts'

/** What the learner's own session keeps of the lab, and nothing else is kept anywhere. */
export interface Remembered {
  /** Whose runs are whose. It opens nothing, and no page shows it. */
  readonly learner: string
  readonly held: readonly Step[]
  readonly source?: Source
  readonly answers: Readonly<Record<string, number>>
}

declare module 'holdfast' {
  interface SessionData {
    lab: Remembered
  }
}

export function progressOf(session: Session): Progress {
  return shown(session.get('lab'))
}

/** Who this is, from the first thing they do on. */
export function learnerOf(session: Session): string {
  return remember(session, (known) => known).learner
}

export function noteCheck(session: Session, source: Source, held: Step | undefined): Progress {
  return shown(
    remember(session, (known) => ({
      ...known,
      source,
      held: STEPS.filter((step) => step === held || known.held.includes(step)),
    })),
  )
}

export function noteAnswer(session: Session, question: string, choice: number): Progress {
  return shown(remember(session, (known) => ({ ...known, answers: { ...known.answers, [question]: choice } })))
}

export function forgetAnswers(session: Session): Progress {
  return shown(remember(session, (known) => ({ ...known, answers: {} })))
}

/** Two tabs at once: both are remembered. */
function remember(session: Session, change: (known: Remembered) => Remembered): Remembered {
  const fresh: Remembered = { learner: randomUUID(), held: [], answers: {} }
  return session.update('lab', (known = fresh) => change(known)) ?? fresh
}

function shown(known: Remembered | undefined): Progress {
  return { held: known?.held ?? [], source: known?.source, answers: known?.answers ?? {} }
}
