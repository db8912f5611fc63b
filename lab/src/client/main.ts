import { h, render, type ComponentChild } from 'preact'
import type { ArenaProps } from './attack/arena.tsx'
import type { WorkbenchProps } from './build/workbench.tsx'
import type { CopyProps } from './finish/copy.tsx'
import type { QuizProps } from './recall/quiz.tsx'

/** The places that come to life, by their `data-island`. Each is a file of its own, so a page fetches what it shows. */
const ISLANDS: Readonly<Record<string, (props: never) => Promise<ComponentChild>>> = {
  build: async (props: WorkbenchProps) => h((await import('./build/workbench.tsx')).Workbench, props),
  watch: async () => h((await import('./watch/player.tsx')).Player, null),
  attack: async (props: ArenaProps) => h((await import('./attack/arena.tsx')).Arena, props),
  recall: async (props: QuizProps) => h((await import('./recall/quiz.tsx')).Quiz, props),
  copy: async (props: CopyProps) => h((await import('./finish/copy.tsx')).Copy, props),
}

for (const place of document.querySelectorAll<HTMLElement>('[data-island]')) void bringToLife(place)

/** What the server wrote there, for reading without scripts, gives way to the component. */
async function bringToLife(place: HTMLElement): Promise<void> {
  const { island = '', props = '{}' } = place.dataset
  // The site's `pages/lab` writes what each of them asks for.
  const content = await ISLANDS[island]?.(JSON.parse(props) as never)
  place.replaceChildren()
  render(content, place)
}
