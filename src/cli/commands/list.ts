import type { SessionInfo } from '../../index.ts'
import { readArguments, requireValue } from '../arguments.ts'
import type { Command } from '../command.ts'
import { inPlace, PLACE_USAGE, PLACE_VALUES } from '../find-place.ts'
import { harmless, sessionsIn, tableOf, toJson, type Output } from '../output.ts'

export const list: Command = {
  summary: 'Lists where a subject is signed in.',
  usage: `Usage: holdfast list --subject SUBJECT [--url URL] [--json]

Lists the living sessions of a subject, oldest first. Never a token, and nothing
of what the sessions hold.

  --subject S    Whose sessions: what the application gave to login().
  --json         Prints them as JSON.
${PLACE_USAGE}
By --url no device is known, because the application's keys are not.

Exit code: 0 also when there is none, 2 when the store or the command is wrong.
`,
  async run(args, output) {
    const given = readArguments(args, { positionals: [], flags: ['json'], values: ['subject', ...PLACE_VALUES] })
    const subject = requireValue(given, 'subject')
    return inPlace(given, async ({ sessions, isConfigured }) => {
      const found = await sessions().list(subject)
      if (given.flags.has('json'))
        output.print(toJson({ subject, sessions: found.map((one) => show(one, isConfigured)) }))
      else printTable(subject, found, isConfigured, output)
      return 0
    })
  },
}

/** By name, so that nothing else of a session ever gets out. */
function show({ id, device, createdAt, lastSeenAt, expiresAt }: SessionInfo, isConfigured: boolean) {
  return { id, device: isConfigured ? device : null, createdAt, lastSeenAt, expiresAt }
}

function printTable(subject: string, found: readonly SessionInfo[], isConfigured: boolean, output: Output): void {
  const { print, paint } = output
  if (found.length > 0) {
    const [head = '', ...rows] = tableOf([
      ['ID', 'CREATED', 'LAST SEEN', 'EXPIRES', ...(isConfigured ? ['DEVICE'] : [])],
      ...found.map(({ id, device, createdAt, lastSeenAt, expiresAt }) => [
        id,
        ...[createdAt, lastSeenAt, expiresAt].map(minute),
        ...(isConfigured ? [device] : []),
      ]),
    ])
    print(`${paint('bold', head)}\n${rows.map((row) => `${row}\n`).join('')}\n`)
  }
  print(`${harmless(subject)} has ${sessionsIn(found.length)}.\n`)
}

/** `2026-03-01 09:30Z` */
function minute(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+/, '')
}
