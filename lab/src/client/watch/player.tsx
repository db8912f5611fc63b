import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Frame, WatchReport } from '../../shared/api.ts'
import { ask, wordsFor } from '../api.ts'
import { MomentView } from '../parts/moment.tsx'
import { Prose } from '../parts/prose.tsx'
import { Variables } from './variables.tsx'

type Show =
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly report: WatchReport }
  | { readonly state: 'failed'; readonly says: string }

/** One session's life, frame by frame. It was really lived, on an application that was started for this page. */
export function Player(): JSX.Element {
  const [show, setShow] = useState<Show>({ state: 'starting' })
  const start = async (): Promise<void> => {
    setShow({ state: 'starting' })
    try {
      setShow({ state: 'ready', report: await ask('watch', {}) })
    } catch (error) {
      setShow({ state: 'failed', says: wordsFor(error) })
    }
  }
  useEffect(() => void start(), [])

  if (show.state === 'ready') return <Film frames={show.report.frames} />
  if (show.state === 'starting') return <p role="status">An application is starting, and a session with it …</p>
  return (
    <div class="page">
      <p class="alert" role="alert">
        {show.says}
      </p>
      <button class="button" type="button" onClick={() => void start()}>
        Try again
      </button>
    </div>
  )
}

function Film({ frames }: { readonly frames: readonly Frame[] }): JSX.Element | null {
  const [index, setIndex] = useState(0)
  const [playing, setPlaying] = useState(false)
  const last = frames.length - 1
  useEffect(() => {
    if (!playing) return undefined
    const next = setTimeout(() => {
      if (index < last) setIndex(index + 1)
      if (index + 1 >= last) setPlaying(false)
    }, FRAME_MS)
    return () => clearTimeout(next)
  }, [playing, index, last])

  const frame = frames[index]
  if (frame === undefined) return null
  const goTo = (next: number): void => {
    setPlaying(false)
    setIndex(Math.max(0, Math.min(last, next)))
  }
  const play = (): void => {
    if (index === last) setIndex(0)
    setPlaying(!playing)
  }
  return (
    <div class="film">
      <div class="film-controls" role="group" aria-label="Film">
        <button class="button small quiet" type="button" aria-disabled={index === 0} onClick={() => goTo(index - 1)}>
          Back
        </button>
        <button class="button small" type="button" onClick={play}>
          {playing ? 'Pause' : 'Play'}
        </button>
        <button class="button small quiet" type="button" aria-disabled={index === last} onClick={() => goTo(index + 1)}>
          Forward
        </button>
        <input
          class="film-slider"
          type="range"
          min={0}
          max={last}
          value={index}
          aria-label="Moment"
          aria-valuetext={`${index + 1} of ${frames.length}: ${frame.title}`}
          onInput={(event) => goTo(Number(event.currentTarget.value))}
        />
        <span class="film-count">
          {index + 1} / {frames.length}
        </span>
      </div>
      <div class="film-frame">
        <div class="film-words" aria-live="polite">
          <h2>{frame.title}</h2>
          <p>
            <Prose text={frame.says} />
          </p>
        </div>
        <div class={`moment by-${frame.moment.actor}`}>
          <MomentView key={index} moment={frame.moment} />
        </div>
      </div>
      <Variables variables={frame.variables} />
    </div>
  )
}

const FRAME_MS = 4000
