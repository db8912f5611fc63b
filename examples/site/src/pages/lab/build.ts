import { STEP_TEXTS, type StepText } from 'holdfast-lab/content/steps'
import type { Source } from 'holdfast-lab/shared/api'
import { html, type Html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { island, labPage, type LabVisitor } from './frame.ts'
import { numbered, paragraphs, prose } from './prose.ts'

/** One step: why, what, a hint, and the workbench. `source` is what the editor begins with. */
export function buildPage(step: StepText, source: Source, visitor: LabVisitor): Page {
  const { progress } = visitor
  const number = STEP_TEXTS.indexOf(step) + 1
  const body = html`<div class="wide page">
    ${stepNavigation(step, progress.held)}
    <div class="bench">
      <div class="bench-words">
        <p class="step-number">Step ${number} of ${STEP_TEXTS.length}</p>
        <h1>${step.title}</h1>
        ${paragraphs(step.why)}
        <div class="task">
          <h2>Your task</h2>
          <p>${step.task}</p>
          <p class="quiet">The setting is <code>${step.setting}</code>.</p>
          <details class="hint-box" id="hint">
            <summary>A hint</summary>
            <p>${prose(step.hint)}</p>
            <details>
              <summary>The line itself</summary>
              <pre><code>${step.solution.python}</code></pre>
              <p class="quiet">In <code>settings.ts</code>: <code>${step.solution.typescript}</code></p>
            </details>
          </details>
        </div>
        <details class="hint-box">
          <summary>What the check does</summary>
          ${numbered(step.check)}
        </details>
      </div>
      ${island(
        'build',
        { step: step.id, source },
        html`<figure class="wire">
            <figcaption>The settings to begin with</figcaption>
            <pre><code>${source.text}</code></pre>
          </figure>
          <p class="quiet">Changing and checking them needs JavaScript. Everything to read is here without it.</p>`,
      )}
    </div>
  </div>`
  return labPage({ title: step.title, here: 'build', body }, visitor)
}

function stepNavigation(current: StepText, held: readonly string[]): Html {
  return html`<nav class="steps" aria-label="Steps">
    <ol>
      ${STEP_TEXTS.map(
        (step, index) =>
          html`<li>
            <a
              href="/lab/build/${step.id}"
              data-step="${step.id}"
              class="${held.includes(step.id) && 'held'}"
              ${step === current && html`aria-current="step"`}
              >${index + 1} ${step.short}<span class="unseen" data-held-words
                >${held.includes(step.id) && ', holds'}</span
              ></a
            >
          </li>`,
      )}
      <li><a href="/lab/finish">Take away</a></li>
    </ol>
  </nav>`
}
