import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LivePage } from '../../shared/api.ts'
import { lootOf } from '../api.ts'

/** The attacked application's own page, in the learner's browser, and what its script got hold of. */
export function LivePageView({ page }: { readonly page: LivePage }): JSX.Element {
  const loot = useLoot(page.run)
  return (
    <section class="live" aria-labelledby="live">
      <h3 id="live">The page itself, in your browser</h3>
      <iframe class="live-frame" src={page.url} title="The attacked page" sandbox="allow-scripts allow-same-origin" />
      <p class="loot" role="status">
        {wordsFor(loot)} {loot !== 'waiting' && loot !== 'silent' && loot.text !== '' && <code>{loot.text}</code>}
      </p>
    </section>
  )
}

type Loot = 'waiting' | 'silent' | { readonly text: string }

function wordsFor(loot: Loot): string {
  if (loot === 'waiting') return 'Waiting for the script to report …'
  if (loot === 'silent') return 'The script has not reported. The page may have closed before it could.'
  return loot.text === ''
    ? 'The script ran and reported that document.cookie is empty. It got nothing.'
    : 'The script ran and sent this to the attacker:'
}

/** Asks until there is an answer, for as long as the page lives. */
function useLoot(run: string): Loot {
  const [loot, setLoot] = useState<Loot>('waiting')
  useEffect(() => {
    setLoot('waiting')
    const ending = new AbortController()
    void (async () => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const text = await lootOf(run, ending.signal)
        if (text !== undefined) return setLoot({ text })
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
      setLoot('silent')
    })().catch(() => ending.signal.aborted || setLoot('silent'))
    return () => ending.abort()
  }, [run])
  return loot
}

const PAUSE_MS = 400
const MOST_TRIES = 50
