import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The lab's scripts, ready to be served. */
export interface Assets {
  /** The folder they are in. */
  readonly folder: string
  /** Changes whenever they do, so that browsers may keep what they fetched under it for ever. */
  readonly version: string
}

export interface AssetsOptions {
  readonly note?: (line: string) => void
  readonly dist?: string
}

const LAB = join(import.meta.dirname, '../..')

/** Where the versions are kept, each in a folder of its name. */
export const SCRIPTS = join(LAB, 'dist')

/** The pages' script, inside `folder`. It fetches the others. */
export const ENTRY = 'main.js'

/**
 * Builds the scripts, unless the very same sources were built before. Processes that start at once may all build: each
 * works in a folder of its own, and the first to finish is the one that counts.
 */
export async function labAssets({ note = () => {}, dist = SCRIPTS }: AssetsOptions = {}): Promise<Assets> {
  const version = versionOf(SOURCES)
  const folder = join(dist, version)
  if (!existsSync(folder)) {
    note('Building the lab, once …')
    await mkdir(dist, { recursive: true })
    const workplace = await mkdtemp(join(dist, 'building-'))
    await bundle(workplace)
    await publish(workplace, folder)
    await removeOthers(dist, version)
  }
  return { folder, version }
}

/** package.json pins what the sources are built with. */
const SOURCES = ['package.json', 'src/build/**', 'src/client/**', 'src/content/**', 'src/shared/**']

function versionOf(patterns: readonly string[]): string {
  const hash = createHash('sha256')
  const files = globSync([...patterns], { cwd: LAB, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(`${file.slice(LAB.length)}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

async function bundle(outDir: string): Promise<void> {
  // Only here: a start that has nothing to build does not load it.
  const { build } = await import('vite')
  await build({
    configFile: false,
    root: LAB,
    base: './',
    logLevel: 'error',
    build: {
      outDir,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: join(LAB, 'src/client/main.ts'),
        output: { entryFileNames: ENTRY, chunkFileNames: '[name].js' },
      },
    },
  })
}

async function publish(workplace: string, folder: string): Promise<void> {
  try {
    await rename(workplace, folder)
  } catch (error) {
    // Another process was first, with the same sources.
    if (!existsSync(folder)) throw error
    await rm(workplace, { recursive: true })
  }
}

/** What a process that is building has not published yet stays. */
async function removeOthers(dist: string, version: string): Promise<void> {
  const others = (await readdir(dist)).filter((name) => /^[0-9a-f]{16}$/.test(name) && name !== version)
  await Promise.all(others.map((name) => rm(join(dist, name), { recursive: true, force: true })))
}
