#!/usr/bin/env node
import { randomBytes } from '../core/random.ts'
import { SHORTEST_KEY_BYTES } from '../token/key-ring.ts'

const USAGE = `Usage: holdfast <command>

  keygen    Prints a new key for createSessions({ keys: [...] }): 32 random bytes, as base64url.
`

const [command] = process.argv.slice(2)
switch (command) {
  case 'keygen':
    console.log(randomBytes(SHORTEST_KEY_BYTES).toString('base64url'))
    break
  case undefined:
  case 'help':
  case '--help':
    console.log(USAGE)
    break
  default:
    console.error(`holdfast: there is no command '${command}'\n\n${USAGE}`)
    process.exitCode = 2
}
