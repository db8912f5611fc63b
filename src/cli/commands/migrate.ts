import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { inPlace, PLACE_USAGE, PLACE_VALUES } from '../find-place.ts'
import { toJson } from '../output.ts'

export const migrate: Command = {
  summary: 'Makes the tables of the store, or brings them up to date.',
  usage: `Usage: holdfast migrate [--dry-run] [--url URL] [--json]

Makes the tables of the store, or brings them up to date. Several processes may
do it at once.

  --dry-run      Prints the SQL, and changes nothing.
  --json         Prints what was done as JSON.
${PLACE_USAGE}
Exit code: 0 when the tables are up to date, 1 when a newer Holdfast made them
so that this one cannot use them, 2 when the store or the command is wrong.
`,
  async run(args, { print }) {
    const given = readArguments(args, { positionals: [], flags: ['dry-run', 'json'], values: PLACE_VALUES })
    const dryRun = given.flags.has('dry-run')
    return inPlace(given, async (place) => {
      const migrations = await place.migrate({ dryRun })
      if (given.flags.has('json')) print(toJson({ dryRun, migrations }))
      else if (dryRun)
        print(migrations.map(({ name, sql }) => `-- ${name}\n${sql}`).join('\n') || '-- Nothing to do.\n')
      else if (migrations.length === 0) print('The tables are up to date.\n')
      else for (const { name } of migrations) print(`Applied ${name}.\n`)
      return 0
    })
  },
}
