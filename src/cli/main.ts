#!/usr/bin/env node
import { suggestion } from './arguments.ts'
import { UsageError, type Command } from './command.ts'
import { check } from './commands/check.ts'
import { keygen } from './commands/keygen.ts'
import { outputTo } from './output.ts'

const COMMANDS: Readonly<Record<string, Command>> = { check, keygen }

const USAGE = `Usage: holdfast <command>

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}\n`)
  .join('')}
holdfast <command> --help tells more of each.
`

/** Exit codes: 0, 1 when a command answers no, 2 when it cannot answer. */
function run([name, ...args]: readonly string[]): number {
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
    return command.run(args, output)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`holdfast: ${error.message}\n`)
    return 2
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error // Whoever reads has had enough: `holdfast check settings.py | head`.
})
process.exitCode = run(process.argv.slice(2))
