import { chromium, type Browser } from 'playwright-core'
import { findProgram } from './programs.ts'

/** @param hosts Names that lead to this machine, so that a page has another address than localhost. */
export function launchChromium(hosts: readonly string[] = []): Promise<Browser> {
  const executablePath = findProgram('chromium')
  if (executablePath === undefined) throw new Error('chromium is not on the PATH: apt-get install chromium')
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ')
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // What is asked for over plain http is to be sent over plain http.
      '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      `--host-resolver-rules=${rules}`,
    ],
  })
}

/** Why the browser tests cannot run, or false. In CI nothing is skipped: there the launch fails, and says why. */
export function chromiumIsMissing(): string | false {
  if (findProgram('chromium') !== undefined || process.env['CI'] !== undefined) return false
  return 'skipped, because chromium is not on the PATH: apt-get install chromium'
}
