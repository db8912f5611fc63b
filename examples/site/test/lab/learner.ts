import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

/** The four settings as they should be. */
export const GOOD = {
  SESSION_COOKIE_AGE: '1200',
  SESSION_COOKIE_SECURE: 'True',
  SESSION_ENGINE: "'django.contrib.sessions.backends.cached_db'",
  SESSION_COOKIE_HTTPONLY: 'True',
} as const

export type Settings = Readonly<Record<keyof typeof GOOD, string>>

/** Someone who sits before the lab. */
export interface Learner {
  readonly page: Page
  open(path: string): Promise<void>
  /** The editor; there is none before its script has come. */
  readonly editor: Locator
  write(settings: Settings | string): Promise<void>
  /** Presses Check and reads the verdict. */
  check(): Promise<string>
  /** Runs an attack and reads the outcome. */
  attack(defence: 'off' | 'on'): Promise<string>
  /** How many steps hold, as the page says. */
  held(): Promise<string>
}

/** Whatever the page's Content-Security-Policy stops, or a script throws, fails the test. */
export function learnerAt(page: Page, address: string): Learner {
  const faults: string[] = []
  page.setDefaultTimeout(15_000)
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security.Policy/i.test(message.text())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  const outcome = page.locator('.report h2')
  const act = async (button: string, api: string): Promise<string> => {
    const answered = page.waitForResponse((response) => response.url().endsWith(`/lab/api/${api}`))
    await page.getByRole('button', { name: button }).click()
    const answer = await answered
    assert.equal(answer.status(), 200, await answer.text())
    await page.getByRole('button', { name: button, disabled: false }).waitFor()
    assert.deepEqual(faults, [])
    return outcome.innerText()
  }
  const editor = page.getByRole('textbox', { name: /settings\.(py|ts)/ })
  return {
    page,
    editor,
    async open(path) {
      await page.goto(address + path)
      if (page.url().includes('/lab/build/')) await editor.waitFor()
      assert.deepEqual(faults, [])
    },
    async write(settings) {
      const text = typeof settings === 'string' ? settings : linesOf(settings)
      // `fill` would edit behind the editor's back; nobody's keyboard does. But this one is faster than anybody's: the
      // caret may still be on its way from the focus when everything is selected. Who sees that does it again.
      for (let tries = 0; tries < 5; tries++) {
        await editor.press('ControlOrMeta+a')
        await page.keyboard.insertText(text)
        if (withoutBlanks(await editor.innerText()) === withoutBlanks(text)) return
      }
      assert.fail('the editor does not hold what was typed')
    },
    check: () => act('Check', 'check'),
    async attack(defence) {
      await page.getByRole('radio', { name: defence }).check()
      return act('Run the attack', 'attack')
    },
    held: () => page.locator('.tally').innerText(),
  }
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/g, '')
}

export function linesOf(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join('\n')
}
