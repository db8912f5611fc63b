import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(`There is no ${NAMES.join(' or ')} on the PATH`)
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Why the browser tests cannot run, or false. In CI nothing is skipped: there the launch fails, and says why. */
export function chromiumIsMissing(): string | false {
  if (CHROMIUM !== undefined || process.env['CI']) return false
  return `skipped, because there is no ${NAMES.join(' or ')} on the PATH`
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

const CHROMIUM = NAMES.flatMap((name) =>
  (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)),
).find((path) => existsSync(path))
