import type { Application } from './application/start.ts'

/** Says which sessions the application has, where Holdfast cannot be weakened far enough to show the attack. */
export function tellOfNaive({ timeline, isNaive }: Application): void {
  if (!isNaive) return
  timeline.note(
    'application',
    'Holdfast has no switch for this defence. So these are sessions written by hand, as one often sees them: `lab/src/attacks/application/naive.ts`.',
  )
}
