import type { JSX } from 'preact'
import type { Problem } from '../../shared/api.ts'
import { Prose } from '../parts/prose.tsx'

export interface ProblemListProps {
  readonly problems: readonly Problem[]
  readonly onChoose: (problem: Problem) => void
}

/** What is marked in the editor, in words. Each leads to its line. */
export function ProblemList({ problems, onChoose }: ProblemListProps): JSX.Element {
  return (
    <div aria-live="polite">
      {problems.length > 0 && (
        <ul class="problems alert">
          {problems.map((problem) => (
            <li>
              <button class="link" type="button" onClick={() => onChoose(problem)}>
                Line {problem.line}
              </button>
              {': '}
              <Prose text={problem.message} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
