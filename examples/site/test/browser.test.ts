import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromiumIsMissing, launchChromium } from './support/chromium.ts'
import { ANN, BEN, signIn, signUp } from './support/people.ts'
import { openSite } from './support/site.ts'
import { openStrangeSite } from './support/strange-sites.ts'
import { tour } from './support/tour.ts'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const NEW_PASSWORD = 'quite another sentence'
/** Nothing in it to break a line at. */
const LONG = { ...ANN, name: 'Ann'.repeat(26), email: `${'ann'.repeat(20)}@${'example'.repeat(8)}.org` }

describe('in Chromium', { skip: chromiumIsMissing() }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser?.close())

  for (const javaScriptEnabled of [true, false]) {
    test(`the whole journey, with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
      await using site = await openSite()
      await using context = await browser.newContext({ javaScriptEnabled })
      await using elsewhere = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      const other = await elsewhere.newPage()
      const { address } = site

      await page.goto(address)
      await page.getByRole('button', { name: 'Add Storm lantern to the basket' }).click()
      await see(page, 'In your basket: Storm lantern.')
      await page.getByLabel('Quantity of Storm lantern').selectOption('3')
      await page.getByRole('button', { name: 'Update Storm lantern' }).click()
      await see(page, '£174.00')

      await signUp(page, address)
      await page.getByRole('link', { name: 'Basket 3 articles' }).click()
      await see(page, '£174.00')

      await signIn(other, address)
      await page.getByRole('link', { name: 'Account' }).click()
      await page.getByRole('link', { name: 'Change your password' }).click()
      await page.getByLabel('Present password').fill(ANN.password)
      await page.getByLabel('New password').fill(NEW_PASSWORD)
      await page.getByRole('button', { name: 'Change it' }).click()
      await see(page, 'One other device was signed out.')
      await other.goto(`${address}/account`)
      assert.equal(await headingOf(other), 'Sign in')

      await page.getByRole('button', { name: 'Sign out' }).click()
      assert.equal(await headingOf(page), 'Fair winds')
      await page.goto(`${address}/basket`)
      await see(page, 'There is nothing in it yet.')

      await page.goto(`${address}/account/delete`)
      await page.getByLabel('E-mail address').fill(ANN.email)
      await page.getByLabel('Password').fill(NEW_PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      assert.equal(await headingOf(page), 'Close your account')
      site.pass(6)
      await page.getByRole('button', { name: 'Close it for good' }).click()
      assert.equal(await headingOf(page), 'Is it still you?')
      await page.getByLabel('Password').fill(NEW_PASSWORD)
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByRole('button', { name: 'Close it for good' }).click()
      assert.equal(await headingOf(page), 'Your account is closed')
      assert.deepEqual(await context.cookies(), [])
    })
  }

  test('the __Host- cookie is kept on http://localhost, and no script can read it', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.address)
    assert.deepEqual(await context.cookies(), [], 'nothing was stored for someone who looks')
    await signUp(page, site.address)
    const [cookie, ...more] = await context.cookies()
    assert.deepEqual(more, [])
    const { name, domain, path, secure, httpOnly, sameSite, expires } = cookie ?? assert.fail('there is no cookie')
    assert.deepEqual(
      { name, domain, path, secure, httpOnly, sameSite, expires },
      {
        name: '__Host-session',
        domain: 'localhost',
        path: '/',
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        expires: -1,
      },
    )
    assert.equal(await page.evaluate('document.cookie'), '')
  })

  test('one browser signs out the other', async () => {
    await using site = await openSite()
    await using here = await browser.newContext()
    await using phone = await browser.newContext({ userAgent: IPHONE })
    await using tablet = await browser.newContext({ userAgent: IPAD })
    const [page, onPhone, onTablet] = await Promise.all([here.newPage(), phone.newPage(), tablet.newPage()])
    await signUp(page, site.address)
    await signIn(onPhone, site.address)
    await signIn(onTablet, site.address)

    await page.goto(`${site.address}/account/devices`)
    await page.getByRole('button', { name: 'Sign out Safari on iPhone' }).click()
    await see(page, 'That device is signed out.')
    await onPhone.reload()
    assert.equal(await headingOf(onPhone), 'Sign in')
    await onTablet.reload()
    assert.match(await headingOf(onTablet), /Good to see you/)

    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await see(page, 'You are signed in on this device only.')
    await onTablet.reload()
    assert.equal(await headingOf(onTablet), 'Sign in')
    assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0)
  })

  test('a form on another site cannot sign out, sign in or fill the basket', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    await signUp(page, site.address, BEN)
    await signUpElsewhere(browser, site.address)
    const forms = [
      ['/sign-out', {}],
      ['/sign-in', ANN],
      ['/basket', { article: 'ships-bell' }],
      ['/account/delete', {}],
    ] as const
    for (const [path, fields] of forms) {
      await using elsewhere = await openStrangeSite(site.address + path, fields)
      for (const address of [elsewhere.neighbour, elsewhere.stranger]) {
        await page.goto(address)
        await page.getByRole('button', { name: 'A prize!' }).click()
        assert.equal(await headingOf(page), 'That came from another site', `${address} to ${path}`)
        await page.goto(`${site.address}/account`)
        assert.equal(await headingOf(page), 'Good to see you, Ben Gunn')
        assert.equal(await page.getByRole('link', { name: 'Basket' }).textContent(), 'Basket')
      }
    }
  })

  test('going back after signing out shows nothing of the account', async () => {
    await using site = await openSite()
    await using context = await browser.newContext()
    const page = await context.newPage()
    await signUp(page, site.address)
    await page.getByRole('button', { name: 'Sign out' }).click()
    assert.equal(await headingOf(page), 'Fair winds')
    await page.goBack()
    assert.equal(await headingOf(page), 'Sign in')
  })

  test('the keyboard alone signs in', async () => {
    await using site = await openSite()
    await signUpElsewhere(browser, site.address)
    await using context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.address)
    const { keyboard } = page
    await keyboard.press('Tab')
    assert.equal(await focused(page), 'Skip to the content')
    for (const name of ['The Chandlery', 'Shop', 'Basket', 'Lab', 'Sign in']) {
      await keyboard.press('Tab')
      assert.equal(await focused(page), name)
    }
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await keyboard.press('Tab')
    await keyboard.press('Enter') // The skip link: what comes next is in the page itself.
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.type(ANN.email)
    await keyboard.press('Tab')
    await keyboard.type(ANN.password)
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Good to see you, Ann Bonny' }).waitFor()
  })

  for (const [width, person] of [
    [1280, ANN],
    [320, LONG],
  ] as const) {
    test(`every page is accessible at ${width} pixels, in the light and in the dark, and scrolls only up and down`, async () => {
      await using site = await openSite()
      await using context = await browser.newContext({ viewport: { width, height: 800 } })
      const page = await context.newPage()
      let pages = 0
      await tour(page, { site, browser, person }, async (name) => {
        pages++
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          assert.deepEqual(await violations(page), [], `${name} in the ${colorScheme}`)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, name)
        }
      })
      assert.equal(pages, 18)
    })
  }
})

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1'
const IPAD = IPHONE.replace('iPhone; CPU iPhone OS', 'iPad; CPU OS')

async function signUpElsewhere(browser: Browser, address: string): Promise<void> {
  await using context: BrowserContext = await browser.newContext()
  await signUp(await context.newPage(), address)
}

async function see(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor()
}

async function headingOf(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
}

async function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent')
}

async function violations(page: Page): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(AXE)
  const results: AxeResults = await page.evaluate('axe.run()')
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
