import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** Chromium, as Debian installs it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
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
  if (existsSync(CHROMIUM) || process.env['CI'] !== undefined) return false
  return `skipped, because ${CHROMIUM} is not there: apt-get install chromium`
}

const CHROMIUM = '/usr/bin/chromium'
