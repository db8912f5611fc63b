import type { JSX } from 'preact'

/** Good or bad, for the eye and for the ear. Never by colour alone. */
export function Mark({ good }: { readonly good: boolean }): JSX.Element {
  return (
    <span class={`mark ${good ? 'good' : 'bad'}`}>
      <span aria-hidden="true">{good ? '✓' : '✗'}</span>
      <span class="unseen">{good ? 'Good: ' : 'Bad: '}</span>
    </span>
  )
}
