import type { Browser, Page } from 'playwright-core'
import { ANN, signIn, signUp } from './people.ts'
import type { TestSite } from './site.ts'

/** Visits every page of the site in one browser tab, as a stranger first and as a customer then. */
export async function tour(
  page: Page,
  { site, browser, person = ANN }: { site: TestSite; browser: Browser; person?: typeof ANN },
  visit: (name: string) => Promise<void>,
): Promise<void> {
  const { address } = site
  const show = async (name: string, path: string): Promise<void> => {
    await page.goto(address + path)
    await visit(name)
  }
  await show('shop', '/')
  await show('basket-empty', '/basket')
  await show('sign-up', '/sign-up')
  await page.getByRole('button', { name: 'Open the account' }).click()
  await visit('sign-up-refused')
  await show('sign-in', '/sign-in')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await visit('sign-in-refused')
  await show('not-found', '/nowhere')
  for (const name of ['Storm lantern', 'Manila rope', 'Ship’s bell']) {
    await page.goto(`${address}/`)
    await page.getByRole('button', { name: `Add ${name} to the basket` }).click()
  }
  await visit('basket')

  await signUp(page, address, person)
  await visit('account-welcome')
  const other = await browser.newContext({
    userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1',
  })
  await signIn(await other.newPage(), address, person)
  await show('account', '/account')
  await show('devices', '/account/devices')
  await show('password', '/account/password')
  await page.getByLabel('Present password').fill('wrong')
  await page.getByLabel('New password').fill('short')
  await page.getByRole('button', { name: 'Change it' }).click()
  await visit('password-refused')
  await show('delete', '/account/delete')
  site.pass(6)
  await show('confirm', '/account/delete')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Go on' }).click()
  await visit('confirm-refused')
  await page.goto(`${address}/account`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await visit('signed-out')
  await show('account-closed', '/account-closed')
  await other.close()
}
