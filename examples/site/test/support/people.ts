import type { Page } from 'playwright-core'

export const ANN = { name: 'Ann Bonny', email: 'ann@example.org', password: 'a short sentence does well' }

export async function signUp(page: Page, address: string, person = ANN): Promise<void> {
  await page.goto(`${address}/sign-up`)
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('E-mail address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Open the account' }).click()
  await page.getByRole('heading', { name: `Good to see you, ${person.name}` }).waitFor()
}

export async function signIn(page: Page, address: string, person = ANN): Promise<void> {
  await page.goto(`${address}/sign-in`)
  await page.getByLabel('E-mail address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Good to see you' }).waitFor()
}
