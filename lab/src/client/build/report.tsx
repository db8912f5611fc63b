import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { STEP_TEXTS } from '../../content/steps.ts'
import type { CheckReport } from '../../shared/api.ts'
import { LivePageView } from '../parts/live-page.tsx'
import { Mark } from '../parts/mark.tsx'
import { Timeline } from '../parts/moment.tsx'
import { Prose } from '../parts/prose.tsx'

/** What the check did to the application, and what came of it. The focus moves to its first line. */
export function Report({ report }: { readonly report: CheckReport }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [report])
  const { verdict, headline, findings, page, timeline } = report
  return (
    <section class={`report ${verdict}`} aria-labelledby="report">
      <h2 id="report" tabIndex={-1} ref={heading}>
        <span class="verdict">{VERDICTS[verdict]}</span> <Prose text={headline} />
      </h2>
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map(({ good, says }) => (
            <li>
              <Mark good={good} />
              <span>
                <Prose text={says} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {page && <LivePageView page={page} />}
      {verdict === 'holds' ? <Onward report={report} /> : <Nudge />}
      {timeline.length > 0 && (
        <>
          <h3>What happened, in order</h3>
          <Timeline moments={timeline} />
        </>
      )}
    </section>
  )
}

const VERDICTS = { holds: 'It holds.', broken: 'It does not hold yet.', unreadable: 'It cannot be read.' } as const

function Onward({ report: { progress } }: { readonly report: CheckReport }): JSX.Element {
  const open = STEP_TEXTS.find(({ id }) => !progress.held.includes(id))
  return (
    <p class="actions">
      {open === undefined ? (
        <a class="button" href="/lab/finish">
          All four hold: take your settings away
        </a>
      ) : (
        <>
          <a class="button" href={`/lab/build/${open.id}`}>
            Next: {open.title}
          </a>
          <span>{progress.held.length} of 4 steps hold.</span>
        </>
      )}
    </p>
  )
}

/** Opens the hint that the server has put beside the task. */
function Nudge(): JSX.Element {
  const open = (): void => {
    const hint = document.querySelector<HTMLDetailsElement>('#hint')
    if (hint === null) return
    hint.open = true
    hint.querySelector('summary')?.focus()
  }
  return (
    <p>
      <button class="link" type="button" onClick={open}>
        Show me the hint
      </button>
    </p>
  )
}
