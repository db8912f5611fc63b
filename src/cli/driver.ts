import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.ts'

/** A package of the project in the working directory. Holdfast brings no driver of its own. */
export async function importDriver<Driver>(name: string): Promise<Driver> {
  const { default: driver } = (await import(pathToFileURL(find(name)).href)) as { default: Driver }
  return driver
}

function find(name: string): string {
  try {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name)
  } catch {
    const [installed] = name.split('/')
    throw new UsageError(`this needs the package ${installed}, which is not installed here: npm install ${installed}`)
  }
}
