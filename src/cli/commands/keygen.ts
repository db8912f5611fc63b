import { randomBytes } from '../../core/random.ts'
import { SHORTEST_KEY_BYTES } from '../../token/key-ring.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'

export const keygen: Command = {
  summary: 'Prints a new key: 32 random bytes, as base64url.',
  usage: `Usage: holdfast keygen

Prints a new key, for createSessions({ keys: [...] }) or for SECRET_KEY: 32
random bytes, as base64url.
`,
  run(args, { print }) {
    readArguments(args, { positionals: [] })
    print(`${randomBytes(SHORTEST_KEY_BYTES).toString('base64url')}\n`)
    return 0
  },
}
