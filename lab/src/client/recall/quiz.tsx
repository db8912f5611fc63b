import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { QUESTIONS } from '../../content/quiz.ts'
import type { Progress } from '../../shared/api.ts'
import { ask, wordsFor } from '../api.ts'
import { QuestionView } from './question.tsx'

type Answers = Progress['answers']

export interface QuizProps {
  readonly answers: Answers
}

/** One question after the other, then the score. Answers that were given before are remembered. */
export function Quiz({ answers: given }: QuizProps): JSX.Element {
  const [answers, setAnswers] = useState<Answers>(given)
  const [index, setIndex] = useState(() => firstOpen(given))
  const [trouble, setTrouble] = useState('')
  const place = useRef<HTMLDivElement>(null)
  const moved = useRef(false)
  // The focus follows to the next question, but is not taken when the page opens.
  useEffect(() => {
    if (moved.current) place.current?.querySelector<HTMLElement>('[tabindex="-1"]')?.focus()
    moved.current = true
  }, [index])

  const again = async (): Promise<void> => {
    setTrouble('')
    try {
      const progress = await ask('again', {})
      setAnswers(progress.answers)
      setIndex(0)
    } catch (error) {
      setTrouble(wordsFor(error))
    }
  }
  const question = QUESTIONS[index]
  return (
    <div class="quiz" ref={place}>
      {question ? (
        <QuestionView
          key={question.id}
          question={question}
          number={index + 1}
          answer={answers[question.id]}
          onAnswer={(choice) => setAnswers((before) => ({ ...before, [question.id]: choice }))}
          onNext={() => setIndex(index + 1)}
        />
      ) : (
        <Score answers={answers} trouble={trouble} onAgain={() => void again()} onShow={setIndex} />
      )}
    </div>
  )
}

function firstOpen(answers: Answers): number {
  const index = QUESTIONS.findIndex(({ id }) => answers[id] === undefined)
  return index === -1 ? QUESTIONS.length : index
}

interface ScoreProps {
  readonly answers: Answers
  readonly trouble: string
  readonly onAgain: () => void
  readonly onShow: (index: number) => void
}

function Score({ answers, trouble, onAgain, onShow }: ScoreProps): JSX.Element {
  const missed = QUESTIONS.filter(({ id, correct }) => answers[id] !== correct)
  return (
    <section class="score" aria-labelledby="score">
      <h2 id="score" tabIndex={-1}>
        {QUESTIONS.length - missed.length} of {QUESTIONS.length}
      </h2>
      {missed.length === 0 ? (
        <p>All of them. Fair winds!</p>
      ) : (
        <>
          <p>Look again at those that were not yours:</p>
          <ul class="bullets missed">
            {missed.map((question) => (
              <li>
                <button class="link" type="button" onClick={() => onShow(QUESTIONS.indexOf(question))}>
                  {question.asks.replaceAll('`', '')}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {trouble !== '' && (
        <p class="problem" role="alert">
          {trouble}
        </p>
      )}
      <p class="actions">
        <button class="button" type="button" onClick={onAgain}>
          Once more
        </button>
        <a class="button quiet" href="/lab/finish">
          Take away
        </a>
      </p>
    </section>
  )
}
