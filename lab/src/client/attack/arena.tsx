import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Attack, AttackReport } from '../../shared/api.ts'
import { ask, wordsFor } from '../api.ts'
import { LivePageView } from '../parts/live-page.tsx'
import { MomentView } from '../parts/moment.tsx'
import { Prose } from '../parts/prose.tsx'

type Defence = AttackReport['defence']
type Reports = Readonly<Partial<Record<Defence, AttackReport>>>

export interface ArenaProps {
  readonly attack: Attack
}

/** Chooses the defence, runs the attack, shows both browsers. What was seen with the other choice is kept. */
export function Arena({ attack }: ArenaProps): JSX.Element {
  const [defence, setDefence] = useState<Defence>('off')
  const [reports, setReports] = useState<Reports>({})
  const [running, setRunning] = useState(false)
  const [trouble, setTrouble] = useState('')

  const run = async (): Promise<void> => {
    setRunning(true)
    setTrouble('')
    try {
      const report = await ask('attack', { attack, defence })
      setReports((before) => ({ ...before, [defence]: report }))
    } catch (error) {
      setTrouble(wordsFor(error))
    }
    setRunning(false)
  }

  const report = reports[defence]
  return (
    <div class="arena">
      <div class="arena-controls">
        <fieldset class="choice">
          <legend>The defence is</legend>
          {DEFENCES.map((choice) => (
            <label>
              <input
                type="radio"
                name="defence"
                checked={defence === choice}
                disabled={running}
                onChange={() => setDefence(choice)}
              />
              <span>
                {choice}
                {reports[choice] && <small> · {reports[choice].outcome}</small>}
              </span>
            </label>
          ))}
        </fieldset>
        <button class="button" type="button" disabled={running} onClick={() => void run()}>
          Run the attack
        </button>
        <span role="status">{running && 'Two browsers are at work …'}</span>
      </div>
      {trouble !== '' && (
        <p class="alert" role="alert">
          {trouble}
        </p>
      )}
      {report && <Fight report={report} />}
    </div>
  )
}

const DEFENCES = ['off', 'on'] as const

function Fight({ report }: { readonly report: AttackReport }): JSX.Element {
  const { outcome, headline, defence, defenceName, timeline, page } = report
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [report])
  return (
    <section class={`report ${outcome === 'stopped' ? 'holds' : 'broken'}`} aria-labelledby="outcome">
      <h2 id="outcome" tabIndex={-1} ref={heading}>
        <span class="verdict">{outcome === 'stopped' ? 'Stopped.' : 'The attack succeeded.'}</span>{' '}
        <Prose text={headline} />
      </h2>
      <p>
        The defence that is {defence}: <Prose text={defenceName} />
      </p>
      {page && <LivePageView page={page} />}
      <div class="browsers">
        <p class="browser-title victims" aria-hidden="true">
          The victim’s browser
        </p>
        <p class="browser-title attackers" aria-hidden="true">
          The attacker’s browser
        </p>
        <ol class="duel">
          {timeline.map((moment) => (
            <li class={`moment by-${moment.actor}`}>
              <MomentView moment={moment} />
            </li>
          ))}
        </ol>
      </div>
    </section>
  )
}
