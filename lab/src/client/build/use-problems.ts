import { useEffect, useState } from 'preact/hooks'
import type { Problem, Source } from '../../shared/api.ts'
import { ask } from '../api.ts'

/** What the server finds in the text, asked for once the learner pauses. An answer to an older text counts no more. */
export function useProblems(source: Source): readonly Problem[] {
  const [problems, setProblems] = useState<readonly Problem[]>([])
  useEffect(() => {
    const outdated = new AbortController()
    const pause = setTimeout(() => {
      ask('read', source, outdated.signal).then(
        (reading) => setProblems(reading.problems),
        // The check will say it, when it is asked for.
        () => {},
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(pause)
      outdated.abort()
    }
  }, [source])
  return problems
}

const PAUSE_MS = 350
