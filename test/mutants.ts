// Mutation testing: node test/mutants.ts [module ...]. It changes the source in a copy, one place at a time, and runs
// the tests that are to notice. It takes minutes for each module; decisions/008-surviving-mutants.md holds the results.
import { Stryker } from '@stryker-mutator/core'

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
for (const name of asked.length > 0 ? asked : Object.keys(MODULES)) {
  const module = MODULES[name]
  if (module === undefined) throw new Error(`There is no module ${name}, only ${Object.keys(MODULES).join(', ')}`)
  const stryker = new Stryker({
    mutate: [module.mutate],
    testRunner: 'command',
    commandRunner: {
      command: module.tests
        .map((files) => `node --conditions=holdfast-source --test --test-isolation=none '${files}'`)
        .join(' && '),
    },
    concurrency: 1,
    timeoutMS: 45_000,
    reporters: ['clear-text'],
    clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
    // Stryker would rewrite it by an interface that TypeScript 7 has not; nothing here is compiled.
    tsconfigFile: 'none',
  })
  await stryker.runMutationTest()
}
