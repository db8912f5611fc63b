import { readArguments } from '../arguments.ts'
import { checkPlace } from '../check/place.ts'
import { checkSettingsFile } from '../check/settings-file.ts'
import { UsageError, type Command } from '../command.ts'
import { PLACE_USAGE, PLACE_VALUES } from '../find-place.ts'

export const check: Command = {
  summary: 'Checks your sessions and the servers behind them, or a settings.py of Django.',
  usage: `Usage: holdfast check [--url URL] [options]
       holdfast check <settings.py> [options]

Asks your sessions and the servers behind them what they are set to, and tells
what weakens them: what a crash would lose, who can reach them, who can listen.
It changes nothing.

With a settings.py it tells which of its settings that keep sessions safe hold,
and which of Django's deployment checks security.W010 to W016. That file is read
and never run.

  --set NAME=VALUE   What a server does not say, as in its configuration:
                     --set appendfsync=always. In a settings.py, what the file
                     computes, as Python: --set SESSION_COOKIE_SECURE=True
  --silence ID       What you have decided to live with: --silence HF402. It is
                     shown, and fails nothing.
  --json             Prints the findings as JSON.
${PLACE_USAGE}
Exit code: 0 when all hold, 1 when one fails or cannot be told and is not
silenced, 2 when a server or a file cannot be read, or the command is wrong.
`,
  async run(args, output) {
    const given = readArguments(args, {
      positionals: ['the path of a settings.py'],
      optional: 1,
      flags: ['json'],
      values: ['set', 'silence', ...PLACE_VALUES],
    })
    const [path] = given.positionals
    if (path === undefined) return checkPlace(given, output)
    if (given.values.has('url')) throw new UsageError('--url is for checks without a settings.py')
    return checkSettingsFile(path, given, output)
  },
}
