#!/usr/bin/env node
import { suggestion } from './arguments.ts'
import { UsageError, type Command } from './command.ts'
import { check } from './commands/check.ts'
import { clearExpired } from './commands/clear-expired.ts'
import { keygen } from './commands/keygen.ts'
import { list } from './commands/list.ts'
import { migrate } from './commands/migrate.ts'
import { revoke } from './commands/revoke.ts'
import { answerFailure } from './failure.ts'
import { outputTo } from './output.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  check,
  'clear-expired': clearExpired,
  keygen,
  list,
  migrate,
  revoke,
}

const WIDEST_NAME = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
const USAGE = `Usage: holdfast <command>

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(WIDEST_NAME)}  ${summary}\n`)
  .join('')}
holdfast <command> --help tells more of each.
`

/** Exit codes: 0, 1 when a command answers no, 2 when it cannot answer. */
async function run([name, ...args]: readonly string[]): Promise<number> {
  const output = outputTo(process.stdout)
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    output.print(USAGE)
    return 0
  }
  try {
    if (!Object.hasOwn(COMMANDS, name)) {
      throw new UsageError(`there is no command '${name}'${suggestion(name, Object.keys(COMMANDS))}`)
    }
    const command = COMMANDS[name] as Command
    if (args.includes('--help') || args.includes('-h')) {
      output.print(command.usage)
      return 0
    }
    return await command.run(args, output)
  } catch (error) {
    return answerFailure(error)
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error // Whoever reads has had enough: `holdfast check settings.py | head`.
})
const code = await run(process.argv.slice(2))
// What the application's own code left open, a pool or a timer, would keep this process waiting.
process.stdout.write('', () => process.exit(code))
