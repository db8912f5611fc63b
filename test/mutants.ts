// Mutation testing: npm run mutants [module ...]. It changes the source in a copy, one place at a time, and runs the
// tests that are to notice. It takes minutes for each module; decisions/008-surviving-mutants.md holds the results.
// Stryker is fetched for the run: its 150 packages would be a burden on everybody's `npm ci`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const STRYKER = '@stryker-mutator/core@10.1.1'

interface Module {
  readonly mutate: string
  /** Run one after the other, until one notices. */
  readonly tests: readonly string[]
}

const MODULES: Readonly<Record<string, Module>> = {
  token: { mutate: 'src/token/*.ts', tests: ['test/token/*.test.ts'] },
  commit: {
    mutate: 'src/core/{commit,changes,draft}.ts',
    tests: ['test/core/{commit,committer,changes,draft}.test.ts'],
  },
  'cached-db': {
    mutate: 'src/engines/cached-db.ts',
    tests: ['test/engines/cached-db.test.ts', 'test/engines/cached-db-{outage,processes}.test.ts'],
  },
  'guarded-cache': {
    mutate: 'src/engines/cached-db/*.ts',
    tests: ['test/engines/cached-db-outage.test.ts', 'test/engines/cached-db.test.ts'],
  },
}

const asked = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'))
const config = join(folder, 'stryker.json')
try {
  for (const name of asked.length > 0 ? asked : Object.keys(MODULES)) {
    const module = MODULES[name]
    if (module === undefined) throw new Error(`There is no module ${name}, only ${Object.keys(MODULES).join(', ')}`)
    writeFileSync(config, JSON.stringify(configOf(module)))
    execFileSync('npx', ['--yes', `--package=${STRYKER}`, 'stryker', 'run', config], { stdio: 'inherit' })
  }
} finally {
  rmSync(folder, { recursive: true })
}

function configOf({ mutate, tests }: Module): object {
  return {
    mutate: [mutate],
    testRunner: 'command',
    commandRunner: {
      command: tests
        .map((files) => `node --conditions=holdfast-source --test --test-isolation=none '${files}'`)
        .join(' && '),
    },
    concurrency: 1,
    timeoutMS: 45_000,
    reporters: ['clear-text'],
    clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
    // Stryker would rewrite it by an interface that TypeScript 7 has not; nothing here is compiled.
    tsconfigFile: 'none',
  }
}
