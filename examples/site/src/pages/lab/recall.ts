import { QUESTIONS } from 'holdfast-lab/content/quiz'
import { html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { island, labPage, type LabVisitor } from './frame.ts'
import { prose } from './prose.ts'

export function recallPage(visitor: LabVisitor): Page {
  const questions = html`<ol class="questions">
    ${QUESTIONS.map(
      ({ asks, choices, correct, explanation }) =>
        html`<li>
          <h2>${prose(asks)}</h2>
          <ol class="choices">
            ${choices.map((choice) => html`<li>${prose(choice)}</li>`)}
          </ol>
          <details class="hint-box">
            <summary>The answer</summary>
            <p><strong>${prose(choices[correct] ?? '')}</strong></p>
            <p>${prose(explanation)}</p>
          </details>
        </li>`,
    )}
  </ol>`
  const body = html`<div class="wide page">
    <h1>What do you remember?</h1>
    <p class="lead measure">Ten questions, from easy to hard. A wrong answer teaches as much as a right one.</p>
    ${island('recall', { answers: visitor.progress.answers }, questions)}
  </div>`
  return labPage({ title: 'Recall', here: 'recall', body }, visitor)
}
