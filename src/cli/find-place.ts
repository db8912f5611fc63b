import { onlyValue, type Arguments } from './arguments.ts'
import { findConfig, loadConfig } from './config.ts'
import type { Place } from './place.ts'
import { openUrl } from './url.ts'

/** The options of every command that works on sessions, and what its help says of them. */
export const PLACE_VALUES = ['url']
export const PLACE_USAGE = `  --url URL      sqlite:PATH, postgres://… or mysql://…

Without --url the sessions are those of holdfast.config.ts (or .js, .mjs), in
this folder or one above it. That file is code of yours, and is run.
`

/** Does the work and closes what was opened, whatever comes of it. */
export async function inPlace<T>(args: Arguments, work: (place: Place) => Promise<T>): Promise<T> {
  const url = onlyValue(args, 'url')
  const place = url === undefined ? await loadConfig(findConfig(process.cwd())) : await openUrl(url)
  try {
    return await work(place)
  } finally {
    await place.close()
  }
}
