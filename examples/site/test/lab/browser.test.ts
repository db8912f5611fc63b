import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { AxeResults } from 'axe-core'
import { ATTACK_TEXTS } from 'holdfast-lab/content/attacks'
import { LESSON } from 'holdfast-lab/content/lesson'
import { STATIONS } from 'holdfast-lab/content/life'
import { QUESTIONS } from 'holdfast-lab/content/quiz'
import { STEP_TEXTS } from 'holdfast-lab/content/steps'
import type { Browser, Page } from 'playwright-core'
import { chromiumIsMissing, launchChromium } from '../support/chromium.ts'
import { openSite } from '../support/site.ts'
import { labTour } from './lab-tour.ts'
import { GOOD, learnerAt, linesOf, type Learner } from './learner.ts'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('the lab in Chromium', { skip: chromiumIsMissing() }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser?.close())

  test('four steps, each wrong at first, with hints, in both languages; a reload in the middle loses nothing', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)

    await learner.open('/lab')
    await page.getByRole('link', { name: 'Build', exact: true }).last().click()
    assert.equal(await headingOf(page), 'Let it end')
    assert.match(await learner.held(), /^0\/4/)
    assert.match(await learner.check(), /It does not hold yet/)
    await page.getByRole('button', { name: 'Show me the hint' }).click()
    await see(page, '20 minutes are 1200 of them')
    await learner.write({ ...WEAK, SESSION_COOKIE_AGE: '1200' })
    assert.match(await learner.check(), /It holds/)
    assert.match(await learner.held(), /^1\/4/)

    await page.getByRole('link', { name: 'Next: Keep it off the plain line' }).click()
    assert.match(await learner.check(), /It does not hold yet/)
    await page.getByRole('radio', { name: 'settings.ts' }).check()
    await see(page, 'Carried over to settings.ts')
    await shows(learner, 'SESSION_COOKIE_AGE: 1200')
    const inTypeScript = (await learner.editor.innerText()).replaceAll('\n\n', '\n')
    await learner.write(inTypeScript.replace('SESSION_COOKIE_SECURE: false', 'SESSION_COOKIE_SECURE: true'))
    assert.match(await learner.check(), /It holds/)

    await page.reload()
    assert.match(await learner.held(), /^2\/4/)
    await shows(learner, 'SESSION_COOKIE_SECURE: true')
    await page.getByRole('radio', { name: 'settings.py' }).check()
    await shows(learner, 'SESSION_COOKIE_SECURE = True')

    await learner.open('/lab/build')
    assert.equal(await headingOf(page), 'A database for keeping, a cache for speed')
    for (const engine of ['db', 'cache']) {
      await learner.write({ ...WEAK, SESSION_ENGINE: `'django.contrib.sessions.backends.${engine}'` })
      assert.match(await learner.check(), /It does not hold yet/, engine)
    }
    await learner.write({ ...GOOD, SESSION_COOKIE_HTTPONLY: 'False' })
    assert.match(await learner.check(), /It holds/)

    await learner.open('/lab/build/httponly')
    assert.match(await learner.check(), /It does not hold yet/)
    await see(page, 'sent this to the attacker')
    assert.match(await page.locator('.loot code').innerText(), /sessionid=/)
    await learner.write(GOOD)
    assert.match(await learner.check(), /It holds/)
    await see(page, 'It got nothing')

    await page.getByRole('link', { name: 'All four hold' }).click()
    assert.equal(await headingOf(page), 'It holds')
    assert.match(await learner.held(), /^4\/4/)
    await see(page, 'npx holdfast check settings.py')
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download settings.py' }).click()
    const download = await readFile(await (await downloading).path(), 'utf8')
    assert.equal(download, `${linesOf(GOOD)}\n`, 'what the learner wrote')
  })

  test('what is no literal is marked on its line, with what is allowed, and nothing is run', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)
    await learner.open('/lab/build/age')
    await learner.write('SESSION_COOKIE_SECURE = True\nSESSION_COOKIE_AGE = 20 * minutes()\n')
    await see(page, 'Line 2')
    assert.equal(await page.locator('.cm-lintRange-error').count(), 1)
    for (let tries = 0; tries < 2; tries++) {
      await page.getByRole('radio', { name: 'settings.ts' }).click()
      await see(page, 'Mend what is marked first')
      await page.getByRole('radio', { name: 'settings.py', checked: true }).waitFor()
    }
    assert.match(await learner.check(), /It cannot be read/)
    assert.match(await learner.held(), /^0\/4/)
    await page.getByRole('button', { name: 'Line 2' }).click()
    assert.equal(await page.evaluate(`document.activeElement.getAttribute('aria-label')`), 'settings.py')
  })

  test('the five attacks succeed with their defence off, and are stopped with it on', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)
    for (const { id, title } of ATTACK_TEXTS) {
      await learner.open(`/lab/attack/${id}`)
      assert.equal(await headingOf(page), title)
      assert.match(await learner.attack('off'), /^The attack succeeded\./, id)
      assert.match(await learner.attack('on'), /^Stopped\./, id)
      await page.getByRole('radio', { name: 'off' }).check()
      await see(page, 'The attack succeeded.')
      assert.ok((await page.locator('.duel .by-victim').count()) > 0, id)
      assert.ok((await page.locator('.duel .cookie-line').count()) > 0, id)
    }
  })

  test('a session’s life goes forward, back, and by itself', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)
    await page.clock.install()
    await learner.open('/lab/watch')
    const title = page.locator('.film-words h2')
    const first = await title.innerText()
    const forward = page.getByRole('button', { name: 'Forward' })
    await forward.click()
    const second = await title.innerText()
    assert.notEqual(second, first)
    await page.getByRole('button', { name: 'Back' }).click()
    assert.equal(await title.innerText(), first)

    await page.getByRole('button', { name: 'Play' }).click()
    await page.clock.runFor(4500)
    assert.equal(await title.innerText(), second)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.clock.runFor(60_000)
    assert.equal(await title.innerText(), second)

    await page.getByRole('slider', { name: 'Moment' }).press('End')
    assert.notEqual(await title.innerText(), second)
    assert.equal(await forward.getAttribute('aria-disabled'), 'true')
  })

  test('ten questions: each answer is explained, remembered over a reload, and may be given again', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)
    await learner.open('/lab/recall')
    await page.getByRole('button', { name: 'Answer' }).click()
    await see(page, 'Choose one of the four first')
    for (const [index, { correct, explanation }] of QUESTIONS.entries()) {
      if (index === 5) await learner.open('/lab/recall')
      await see(page, `Question ${index + 1} of 10`)
      const choice = index % 2 === 0 ? correct : (correct + 1) % 4
      await page.getByRole('radio').nth(choice).check()
      await page.getByRole('button', { name: 'Answer' }).click()
      await see(page, index % 2 === 0 ? 'That is it.' : 'Not that one.')
      assert.ok((await page.locator('.report').innerText()).includes(explanation.replaceAll('`', '')))
      await page.getByRole('button', { name: 'Next' }).click()
    }
    await see(page, '5 of 10')
    await page.getByRole('button', { name: 'Once more' }).click()
    await see(page, 'Question 1 of 10')
    await learner.open('/lab/recall')
    await see(page, 'Question 1 of 10')
  })

  test('one learner sees nothing of another', async () => {
    await using site = await openSite()
    await using hers = await browser.newContext()
    await using his = await browser.newContext()
    const her = learnerAt(await hers.newPage(), site.address)
    const him = learnerAt(await his.newPage(), site.address)
    await her.open('/lab/build/age')
    await her.write(GOOD)
    assert.match(await her.check(), /It holds/)
    await him.open('/lab/build/age')
    assert.match(await him.held(), /^0\/4/)
    await shows(him, '1209600')
  })

  test('without JavaScript everything can be read', async () => {
    await using site = await openSite()
    await using context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    const reads = async (path: string, texts: readonly string[]): Promise<void> => {
      await page.goto(site.address + path)
      const words = ((await page.locator('main').textContent()) ?? '').replaceAll(/\s+/g, ' ')
      for (const text of texts) assert.ok(words.includes(text.replaceAll('`', '')), `${path}: ${text}`)
    }
    await reads('/lab', ['The scenario', 'The goal', 'Read', 'Watch', 'Build', 'Attack', 'Recall'])
    await reads(
      '/lab/read',
      LESSON.map(({ heading }) => heading),
    )
    await reads(
      '/lab/watch',
      STATIONS.map(({ says }) => says),
    )
    for (const { id, task, hint, why, check, solution } of STEP_TEXTS) {
      await reads(`/lab/build/${id}`, [task, hint, ...why, ...check, solution.python, 'SESSION_COOKIE_AGE = 1209600'])
    }
    await page.getByText('A hint').click()
    await see(page, STEP_TEXTS.at(-1)?.hint.split('`')[0] ?? '')
    for (const { id, course, defence, remains } of ATTACK_TEXTS) {
      await reads(`/lab/attack/${id}`, [...course, defence, remains])
    }
    await reads(
      '/lab/recall',
      QUESTIONS.flatMap(({ asks, choices, explanation }) => [asks, ...choices, explanation]),
    )
    await reads('/lab/finish', ['For Django', 'For Holdfast', 'npx holdfast check settings.py'])
  })

  test('the keyboard alone builds a step', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    const learner = learnerAt(page, site.address)
    const { keyboard } = page
    await learner.open('/lab')
    await tabTo(page, 'Build')
    await keyboard.press('Enter')
    await page.waitForURL('**/lab/build/age')
    await learner.editor.waitFor()
    await tabTo(page, 'A hint')
    await keyboard.press('Enter')
    await see(page, '20 minutes are 1200 of them')
    await tabTo(page, 'settings.py') // The choice of the language,
    await tabTo(page, 'settings.py') // and the editor.
    await keyboard.press('ControlOrMeta+a')
    await keyboard.type('SESSION_COOKIE_AGE = 1200')
    await tabTo(page, 'Check')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'It holds.' }).waitFor()
    assert.match(await page.evaluate('document.activeElement.textContent'), /^It holds\./)
    await tabTo(page, 'Next: Keep it off the plain line')
  })

  test('every page is accessible, wide in the light and narrow in the dark, and scrolls only up and down', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    await labTour(page, site.address, async (name) => {
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [320, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme })
        assert.deepEqual(await violations(page), [], `${name} at ${width} px in the ${colorScheme}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, name)
      }
    })
  })
})

const WEAK = {
  SESSION_COOKIE_AGE: '1209600',
  SESSION_COOKIE_SECURE: 'False',
  SESSION_ENGINE: "'django.contrib.sessions.backends.db'",
  SESSION_COOKIE_HTTPONLY: 'False',
} as const

async function see(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor()
}

async function shows({ editor }: Learner, text: string): Promise<void> {
  await editor.filter({ hasText: text }).waitFor()
}

async function headingOf(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
}

/** Presses Tab until something of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const focused: string = await page.evaluate(FOCUSED)
    if (focused === name) return
  }
  assert.fail(`Tab does not lead to '${name}'`)
}

const FOCUSED = `(() => {
  const element = document.activeElement
  return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim()
})()`

async function violations(page: Page): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(AXE)
  const results: AxeResults = await page.evaluate('axe.run()')
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
