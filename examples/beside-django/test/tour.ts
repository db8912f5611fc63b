import type { Page } from 'playwright-core'

export const PASSWORD = 'flour, water and a little salt'

/** Every page, as one person sees it. Names that begin with `node` are Node's. */
export async function tour(
  page: Page,
  address: string,
  name: string,
  visit: (name: string) => Promise<void>,
): Promise<void> {
  await page.goto(address)
  await visit('shop')
  await page.getByRole('button', { name: 'Add Rye loaf' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Rye loaf' }).waitFor()
  await visit('basket')
  await page.goto(`${address}/cart/`)
  await page.getByRole('button', { name: 'One more Rye loaf' }).click()
  await page.getByRole('link', { name: 'Cart (2)' }).waitFor()
  await visit('node-cart')

  await page.goto(`${address}/sign-in/`)
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await visit('sign-in-refused')
  await join(page, address, name)
  await page.getByRole('link', { name: 'Basket (2)' }).waitFor()
  await visit('account')
  await page.goto(`${address}/password/`)
  await visit('password')
  await page.goto(`${address}/cart/`)
  await page.getByRole('heading', { name: `${name}’s cart` }).waitFor()
  await visit('node-cart-signed-in')
  await page.getByRole('button', { name: 'Sign out of both' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  await page.getByRole('link', { name: 'Basket (0)' }).waitFor()
  await page.goto(`${address}/account/`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await visit('signed-out')
}

export async function join(page: Page, address: string, name: string): Promise<void> {
  await page.goto(`${address}/join/`)
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('Password confirmation').fill(PASSWORD)
  await page.getByRole('button', { name: 'Open it' }).click()
  await page.getByRole('heading', { name: `Good to see you, ${name}` }).waitFor()
}
