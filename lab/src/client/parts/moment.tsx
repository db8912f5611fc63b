import type { JSX } from 'preact'
import type { Actor, Moment } from '../../shared/api.ts'
import { ExchangeView } from './exchange.tsx'
import { Mark } from './mark.tsx'
import { Prose } from './prose.tsx'

/** What happened, in order. */
export function Timeline({ moments }: { readonly moments: readonly Moment[] }): JSX.Element {
  return (
    <ol class="timeline">
      {moments.map((moment) => (
        <li class={`moment by-${moment.actor}`}>
          <MomentView moment={moment} />
        </li>
      ))}
    </ol>
  )
}

export function MomentView({ moment: { actor, at, says, good, exchange } }: { readonly moment: Moment }): JSX.Element {
  return (
    <>
      <p class="moment-head">
        <span class="who">{NAMES[actor]}</span> <span class="when">{timeOf(at)}</span>
      </p>
      <p class="moment-says">
        {good !== undefined && <Mark good={good} />}
        <Prose text={says} />
      </p>
      {exchange && <ExchangeView exchange={exchange} />}
    </>
  )
}

const NAMES: Readonly<Record<Actor, string>> = {
  victim: 'Victim',
  attacker: 'Attacker',
  sniffer: 'Sniffer',
  operator: 'Operator',
  clock: 'Clock',
  application: 'Application',
}

function timeOf(seconds: number): string {
  return `${SECONDS.format(seconds)} s`
}

const SECONDS = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
