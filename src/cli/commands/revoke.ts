import { CACHE_SECONDS } from '../../core/cache.ts'
import { onlyValue, readArguments, requireValue, type Arguments } from '../arguments.ts'
import { UsageError, type Command } from '../command.ts'
import { inPlace, PLACE_USAGE, PLACE_VALUES } from '../find-place.ts'
import { harmless, sessionsIn, toJson, type Output } from '../output.ts'
import type { Place } from '../place.ts'
import { confirm, warn } from '../terminal.ts'

export const revoke: Command = {
  summary: 'Ends a session, or all sessions of a subject.',
  usage: `Usage: holdfast revoke ID [--subject SUBJECT] [--url URL] [--json]
       holdfast revoke --all --subject SUBJECT [--yes] [--url URL] [--json]

Ends one session, or signs a subject out everywhere. Logins of that subject that
are under way are refused then.

  --subject S    Whose sessions. With an ID: only if it is that subject's.
  --all          All sessions of the subject. In a terminal it asks before.
  --yes          Does not ask.
  --json         Prints what ended as JSON.
${PLACE_USAGE}
By --url no cache can be told. If the application reads sessions from a shared
one, it may accept a copy for up to ${CACHE_SECONDS} seconds more.

Exit code: 0 when it is done, 1 when there is no such session or you said no, 2
when the store or the command is wrong.
`,
  async run(args, output) {
    const isAll = args.includes('--all')
    const given = readArguments(idsLast(args), {
      positionals: isAll ? [] : ['the id of a session'],
      flags: ['all', 'yes', 'json'],
      values: ['subject', ...PLACE_VALUES],
    })
    if (isAll) requireValue(given, 'subject')
    const [id = ''] = given.positionals
    if (id.length > LONGEST_ID) throw new UsageError('this is too long for an id. If it is a token, it is a secret')
    return inPlace(given, (place) => (isAll ? revokeAll(place, given, output) : revokeOne(place, id, given, output)))
  },
}

async function revokeOne(place: Place, id: string, given: Arguments, { print }: Output): Promise<number> {
  const subject = onlyValue(given, 'subject')
  const { revoked, propagated } = await place.sessions().revoke(id, subject === undefined ? {} : { subject })
  if (given.flags.has('json')) print(toJson({ revoked, propagated }))
  else if (revoked) print(`Revoked ${harmless(id)}.\n`)
  else print(`There is no session ${harmless(id)}${subject === undefined ? '' : ` of ${harmless(subject)}`}.\n`)
  if (!propagated) warnOfCaches(place)
  return revoked ? 0 : 1
}

async function revokeAll(place: Place, given: Arguments, { print }: Output): Promise<number> {
  const subject = requireValue(given, 'subject')
  if (!given.flags.has('yes') && (await confirm(`Sign ${harmless(subject)} out everywhere?`)) === false) {
    warn('nothing was revoked')
    return 1
  }
  const { revoked, propagated } = await place.sessions().revokeAll(subject)
  // Nobody counts sessions that are in their cookies.
  const count = Number.isNaN(revoked) ? undefined : revoked
  if (given.flags.has('json')) print(toJson({ revoked: count ?? null, propagated }))
  else print(`Signed ${harmless(subject)} out everywhere${count === undefined ? '' : `: ${sessionsIn(count)}`}.\n`)
  if (!propagated) warnOfCaches(place)
  return 0
}

function warnOfCaches({ isConfigured }: Place): void {
  const why = isConfigured ? 'a cache could not be told' : 'by --url no cache can be told'
  warn(`${why}. Where the application has a shared one, a copy may be accepted for ${CACHE_SECONDS} s more`)
}

/** An id may begin with a hyphen, and is no option then. */
function idsLast(args: readonly string[]): string[] {
  const isId = (arg: string, index: number): boolean => DASHED_ID.test(arg) && args[index - 1] !== '--subject'
  const ids = args.filter(isId)
  return ids.length === 0 ? [...args] : [...args.filter((arg, index) => !isId(arg, index)), '--', ...ids]
}

const DASHED_ID = /^-[\w-]{21}$/
/** Ids of our own have 22 characters, tokens 91. */
const LONGEST_ID = 64
