import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { inPlace, PLACE_USAGE, PLACE_VALUES } from '../find-place.ts'
import { sessionsIn, toJson } from '../output.ts'
import { endProgress, showProgress } from '../terminal.ts'

export const clearExpired: Command = {
  summary: 'Deletes the sessions that time has ended.',
  usage: `Usage: holdfast clear-expired [--url URL] [--json]

Deletes the sessions that expired more than five minutes ago, in small batches
that hold up nobody. Several processes may do it at once.

  --json         Prints how many as JSON.
${PLACE_USAGE}
Exit code: 0 when it is done, 2 when the store or the command is wrong.
`,
  async run(args, { print }) {
    const given = readArguments(args, { positionals: [], flags: ['json'], values: PLACE_VALUES })
    return inPlace(given, async (place) => {
      const onProgress = (cleared: number): void => showProgress(`Cleared ${sessionsIn(cleared)} so far`)
      const cleared = await place.sessions().clearExpired({ onProgress }).finally(endProgress)
      print(given.flags.has('json') ? toJson({ cleared }) : `Cleared ${sessionsIn(cleared)}.\n`)
      return 0
    })
  },
}
