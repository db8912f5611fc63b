import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { QUESTIONS, type Question } from '../../content/quiz.ts'
import { ask, wordsFor } from '../api.ts'
import { Mark } from '../parts/mark.tsx'
import { Prose } from '../parts/prose.tsx'

export interface QuestionProps {
  readonly question: Question
  /** From 1. */
  readonly number: number
  /** What was chosen; undefined while nothing was. */
  readonly answer: number | undefined
  readonly onAnswer: (choice: number) => void
  readonly onNext: () => void
}

export function QuestionView({ question, number, answer, onAnswer, onNext }: QuestionProps): JSX.Element {
  const [chosen, setChosen] = useState(answer)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const { id, level, asks, choices, correct } = question

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (chosen === undefined) return setTrouble('Choose one of the four first.')
    setBusy(true)
    setTrouble('')
    try {
      await ask('answer', { question: id, choice: chosen })
      onAnswer(chosen)
    } catch (error) {
      setTrouble(wordsFor(error))
    }
    setBusy(false)
  }

  return (
    <form class="question" onSubmit={(event) => void submit(event)}>
      <fieldset>
        <legend tabIndex={-1}>
          <span class="step-number">
            Question {number} of {QUESTIONS.length}, {level}
          </span>
          <span class="asks">
            <Prose text={asks} />
          </span>
        </legend>
        {choices.map((choice, index) => (
          <label class={`answer ${classOf(index)}`}>
            <input
              type="radio"
              name="choice"
              checked={chosen === index}
              disabled={answer !== undefined}
              onChange={() => setChosen(index)}
            />
            <span>
              <Prose text={choice} />
              {answer !== undefined && index === correct && <b class="badge">right</b>}
              {answer === index && index !== correct && <b class="badge">your answer</b>}
            </span>
          </label>
        ))}
      </fieldset>
      {trouble !== '' && (
        <p class="problem" role="alert">
          {trouble}
        </p>
      )}
      {answer === undefined ? (
        <button class="button" type="submit" disabled={busy}>
          Answer
        </button>
      ) : (
        <Explanation question={question} answer={answer} onNext={onNext} />
      )}
    </form>
  )

  function classOf(index: number): string {
    if (answer === undefined) return ''
    if (index === correct) return 'right'
    return index === answer ? 'chosen' : ''
  }
}

interface ExplanationProps {
  readonly question: Question
  readonly answer: number
  readonly onNext: () => void
}

function Explanation({ question: { correct, explanation }, answer, onNext }: ExplanationProps): JSX.Element {
  const says = useRef<HTMLDivElement>(null)
  useEffect(() => says.current?.focus(), [])
  const isRight = answer === correct
  return (
    <>
      <div class={`report ${isRight ? 'holds' : 'broken'}`} tabIndex={-1} ref={says}>
        <p>
          <Mark good={isRight} />
          <b>{isRight ? 'That is it. ' : 'Not that one. '}</b>
          <Prose text={explanation} />
        </p>
      </div>
      <button class="button" type="button" onClick={onNext}>
        Next
      </button>
    </>
  )
}
